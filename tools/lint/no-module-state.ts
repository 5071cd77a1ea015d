/** Rule `house/no-module-state`: a module holds no state. What changes is made in app.ts or main.ts and passed in. */
import type { NodeOf, Rule } from './rule.ts';

type Declaration = NodeOf<'VariableDeclaration'>;

const collections: readonly string[] = ['Map', 'Set', 'WeakMap', 'WeakSet', 'AsyncLocalStorage'];

export const noModuleState: Rule = {
  create(context) {
    return {
      VariableDeclaration(node) {
        if (isAtModuleLevel(node) && holdsState(node)) {
          context.report({ node, message: 'A module holds no state: make it where the program is put together and pass it in.' });
        }
      },
    };
  },
};

function isAtModuleLevel({ parent }: Declaration): boolean {
  return parent.type === 'Program' || parent.type === 'ExportNamedDeclaration';
}

/** A `let`, or a collection that starts empty and can therefore only be meant to fill. */
function holdsState(node: Declaration): boolean {
  if (node.kind === 'let' || node.kind === 'var') return true;
  return node.declarations.some(({ init }) => {
    if (init?.type !== 'NewExpression' || init.callee.type !== 'Identifier') return false;
    return collections.includes(init.callee.name) && init.arguments.length === 0;
  });
}
