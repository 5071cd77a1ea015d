/**
 * Rule `house/waits-take-signal`: a wait can be stopped. It knows the two ways to sleep: `setTimeout` of
 * node:timers/promises without a signal, and a promise that a timer resolves. Other waits are left to review.
 */
import type { NodeOf, Rule } from './rule.ts';

type Call = NodeOf<'CallExpression'>;
type NewPromise = NodeOf<'NewExpression'>;

const advice = 'A wait takes a signal: setTimeout(ms, undefined, { signal }) of node:timers/promises.';

export const waitsTakeSignal: Rule = {
  create(context) {
    const sleepNames = new Set<string>();
    const resolveNames: string[] = [];
    return {
      ImportDeclaration(node) {
        const sleepName = node.source.value === 'node:timers/promises' ? localNameOfSetTimeout(node) : undefined;
        if (sleepName !== undefined) sleepNames.add(sleepName);
      },
      NewExpression(node) {
        resolveNames.push(resolveNameOf(node));
      },
      'NewExpression:exit'() {
        resolveNames.pop();
      },
      CallExpression(node) {
        const unstoppable = sleepNames.has(calleeName(node)) && node.arguments.length < 3;
        if (unstoppable || isTimerThatResolves(node, resolveNames)) context.report({ node, message: advice });
      },
    };
  },
};

function localNameOfSetTimeout(node: NodeOf<'ImportDeclaration'>): string | undefined {
  const specifier = node.specifiers.find(
    (each) => each.type === 'ImportSpecifier' && each.imported.type === 'Identifier' && each.imported.name === 'setTimeout',
  );
  return specifier?.local.name;
}

/** The name that a promise's executor gives to its first parameter; empty for any other `new`. */
function resolveNameOf(node: NewPromise): string {
  const [executor] = node.arguments;
  if (node.callee.type !== 'Identifier' || node.callee.name !== 'Promise') return '';
  if (executor?.type !== 'ArrowFunctionExpression' && executor?.type !== 'FunctionExpression') return '';
  const [resolve] = executor.params;
  return resolve?.type === 'Identifier' ? resolve.name : '';
}

function isTimerThatResolves(node: Call, resolveNames: readonly string[]): boolean {
  const [callback] = node.arguments;
  return calleeName(node) === 'setTimeout' && callback?.type === 'Identifier' && resolveNames.includes(callback.name);
}

function calleeName({ callee }: Call): string {
  return callee.type === 'Identifier' ? callee.name : '';
}
