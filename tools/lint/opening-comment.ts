/** Rule `house/opening-comment`: a file opens with what it is for and what it leaves to others. */
import type { Rule } from './rule.ts';

export const openingComment: Rule = {
  create(context) {
    return {
      Program(node) {
        const [first] = node.body;
        if (first === undefined) return;
        const opens = context.sourceCode.getCommentsBefore(first).some((comment) => comment.type !== 'Shebang');
        if (!opens) context.report({ node: first, message: 'Open the file with a comment: what it is for and what it leaves to others.' });
      },
    };
  },
};
