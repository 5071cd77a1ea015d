/** Rule `house/role-names`: a type or file is named for what it is in the field's words, not for a role that anything could play. */
import { basename } from 'node:path';
import { repositoryPath, type NodeOf, type Rule } from './rule.ts';

type Named = NodeOf<'ClassDeclaration'> | NodeOf<'TSInterfaceDeclaration'> | NodeOf<'TSTypeAliasDeclaration'>;

const emptyRole = /(?:Manager|Helpers?|Utils?|Service|Impl)$/;
const emptyFile = /(?:^|-)(?:manager|helpers?|utils?|impl)(?:\.test)?\.ts$/;

export const roleNames: Rule = {
  create(context) {
    const check = (node: Named): void => {
      if (node.id !== null && emptyRole.test(node.id.name)) {
        context.report({
          node: node.id,
          message: `${node.id.name}: name it for what it is, without Manager, Helper, Util, Service or Impl.`,
        });
      }
    };
    return {
      Program(node) {
        const file = basename(repositoryPath(context));
        if (emptyFile.test(file)) context.report({ node, message: `${file}: name the file for the one thing it exports.` });
      },
      ClassDeclaration: check,
      TSInterfaceDeclaration: check,
      TSTypeAliasDeclaration: check,
    };
  },
};
