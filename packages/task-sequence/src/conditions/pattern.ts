/** Patterns of `like`: the wildcards of variables and those of WQL. Matching takes length of text times length of pattern at most. Pure. */

type Token = { readonly kind: 'any-text' } | { readonly kind: 'one'; readonly fits: (character: string) => boolean };
export type Pattern = readonly Token[];

const anyText: Token = { kind: 'any-text' };
const anyCharacter: Token = { kind: 'one', fits: () => true };

function exactly(character: string): Token {
  const wanted = character.toLowerCase();
  return { kind: 'one', fits: (each) => each === wanted };
}

/** `*` is any text, `?` any one character. */
export function wildcards(text: string): Pattern {
  const special: Readonly<Record<string, Token>> = { '*': anyText, '?': anyCharacter };
  return Array.from(text, (character) => special[character] ?? exactly(character));
}

/** LIKE of WQL: `%` is any text, `_` any one character, `[a-f]` (or `[a=f]`) and `[abc]` one of them, `[^…]` none of them. */
export function wqlPattern(text: string): Pattern {
  const tokens: Token[] = [];
  for (const [piece, set] of text.matchAll(/\[(\^?[^\]]+)\]|./gsu)) {
    if (set !== undefined) tokens.push(characterSet(set));
    else if (piece === '%') tokens.push(anyText);
    else tokens.push(piece === '_' ? anyCharacter : exactly(piece));
  }
  return tokens;
}

function characterSet(text: string): Token {
  const negated = text.startsWith('^');
  const members = (negated ? text.slice(1) : text).toLowerCase();
  const ranges = [...members.matchAll(/(.)[-=](.)|./gsu)].map(([piece, first = piece, last = piece]) => ({ first, last }));
  const isMember = (each: string): boolean => ranges.some(({ first, last }) => each >= first && each <= last);
  return { kind: 'one', fits: (each) => isMember(each) !== negated };
}

/** Whether the whole text fits, without regard to case. On a mismatch only the last `any-text` takes one more: more is never needed. */
export function matchesPattern(text: string, pattern: Pattern): boolean {
  const characters = Array.from(text.toLowerCase());
  let at = 0;
  let token = 0;
  let retry: { token: number; at: number } | null = null;
  while (at < characters.length) {
    const current = pattern[token];
    if (current?.kind === 'any-text') {
      retry = { token: token + 1, at };
      token += 1;
    } else if (current?.fits(characters[at] ?? '') === true) {
      at += 1;
      token += 1;
    } else if (retry === null) {
      return false;
    } else {
      retry = { token: retry.token, at: retry.at + 1 };
      ({ token, at } = retry);
    }
  }
  return pattern.slice(token).every(({ kind }) => kind === 'any-text');
}
