/** Rule `house/static-log-message`: the message of a log record is a literal, so that records can be counted and searched; data goes into fields. */
import type { NodeOf, Rule } from './rule.ts';

type Call = NodeOf<'CallExpression'>;
type Argument = Call['arguments'][number];

const levels: readonly string[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

export const staticLogMessage: Rule = {
  create(context) {
    return {
      CallExpression(node) {
        if (!isLogCall(node)) return;
        const message = problemOf(node.arguments);
        if (message !== undefined) context.report({ node, message });
      },
    };
  },
};

/** `log.info(…)`, `logger.warn(…)`, `request.log.error(…)`, `this.#log.debug(…)`. */
function isLogCall({ callee }: Call): boolean {
  if (callee.type !== 'MemberExpression' || callee.computed || !levels.includes(nameOf(callee.property))) return false;
  const object = callee.object.type === 'MemberExpression' ? callee.object.property : callee.object;
  return /^(?:log|logger)$|(?:Log|Logger)$/.test(nameOf(object));
}

function nameOf(node: { readonly type: string; readonly name?: unknown }): string {
  return typeof node.name === 'string' ? node.name : '';
}

function problemOf([first, second]: readonly Argument[]): string | undefined {
  if (first === undefined) return 'A log record has a message.';
  if (second === undefined) {
    return isStaticText(first) ? undefined : 'The message is a literal; data goes into fields: log.info({ deviceId }, "device approved").';
  }
  if (isText(first)) return 'Fields come first: log.info({ deviceId }, "device approved").';
  return isStaticText(second) ? undefined : 'The message after the fields is a literal; data goes into the fields.';
}

function isText(node: Argument): boolean {
  return node.type === 'TemplateLiteral' || (node.type === 'Literal' && typeof node.value === 'string');
}

function isStaticText(node: Argument): boolean {
  return isText(node) && !(node.type === 'TemplateLiteral' && node.expressions.length > 0);
}
