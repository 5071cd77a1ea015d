/** Finds the command lines of `ostler` in a page, as its reader would type them. Whether Ostler takes them says check-command-line.ts. */

export interface CommandLine {
  /** Counted from 1. */
  readonly line: number;
  /** What stands behind `ostler`. */
  readonly words: readonly string[];
  /** A line to type, in a block of code or among the examples of a help; else a mention in a sentence, which may leave arguments out. */
  readonly isWhole: boolean;
}

/** `groups`: first words of commands. With one of them and another word a mention may leave `ostler` out: `device list`. */
export function findCommandLines(page: string, groups: ReadonlySet<string>): readonly CommandLine[] {
  let inBlock = false;
  return page.split('\n').flatMap((text, index) => {
    if (/^\s*```/.test(text)) {
      inBlock = !inBlock;
      return [];
    }
    const typed = /^\s*(?:\.\/)?ostler (.*)/.exec(text)?.[1];
    const isWhole = typed !== undefined && (inBlock || text.startsWith('  '));
    const found = isWhole ? [typed] : inBlock ? [] : mentions(text, groups);
    return found.map((words) => ({ line: index + 1, words: shellWords(words), isWhole }));
  });
}

/** In code, or in a hint, which has no marks for it: `Give its ticket: ostler …`. */
function mentions(text: string, groups: ReadonlySet<string>): readonly string[] {
  const inCode = [...text.matchAll(/`([^`]+)`/g)].flatMap(([, code = '']) => {
    const named = /^(?:\.\/)?ostler (.+)/.exec(code)?.[1];
    if (named !== undefined) return [named];
    return /^[a-z-]+ \S/.test(code) && groups.has(code.split(' ')[0] ?? '') ? [code] : [];
  });
  const inHint = [...text.matchAll(/[:,] ostler (.+?)(?=\. |\.?$| \||, ostler )/g)].map(([, words = '']) => words);
  return [...inCode, ...inHint];
}

/** Up to a comment, a pipe, a redirection or the next command. What stands for something left out is no word. */
function shellWords(text: string): readonly string[] {
  const words = text.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'|&;<>])+|[|&;<>]/g);
  const kept: string[] = [];
  for (const [word] of words) {
    if (/^[|&;<>#]/.test(word)) break;
    if (word !== '…' && !word.startsWith('[')) kept.push(word.replaceAll(/["']/g, ''));
  }
  return kept;
}
