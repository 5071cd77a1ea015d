/** What a terminal sends, as keys. Pure. */

export type Key =
  /** redraw is Ctrl+L; the screen answers it by itself. */
  | { readonly kind: 'redraw' | 'up' | 'down' | 'page-up' | 'page-down' | 'left' | 'right' | 'tab' | 'enter' | 'backspace' | 'escape' }
  | { readonly kind: 'text'; readonly text: string };

const named: Readonly<Record<string, Exclude<Key['kind'], 'text'>>> = {
  '\u001B[A': 'up',
  '\u001BOA': 'up',
  '\u001B[B': 'down',
  '\u001BOB': 'down',
  '\u001B[C': 'right',
  '\u001BOC': 'right',
  '\u001B[D': 'left',
  '\u001BOD': 'left',
  '\t': 'tab',
  '\u001B[5~': 'page-up',
  '\u001B[6~': 'page-down',
  '\r': 'enter',
  '\n': 'enter',
  '\u007F': 'backspace',
  '\b': 'backspace',
  '\f': 'redraw',
  '\u001B': 'escape',
};

/** A piece of input as keys; sequences that mean nothing here are left out. */
export function decodeKeys(input: string): Key[] {
  const keys: Key[] = [];
  // eslint-disable-next-line no-control-regex -- a terminal's keys begin with an escape character
  for (const [part] of input.matchAll(/\u001B(?:\[[0-9;]*[A-Za-z~]|O[A-Za-z])?|[^\u001B]/gsu)) {
    const kind = named[part];
    if (kind !== undefined) keys.push({ kind });
    else if (part.length <= 2 && part >= ' ' && !part.startsWith('\u001B')) keys.push({ kind: 'text', text: part });
  }
  return keys;
}

/** The end of a piece of input that may be the beginning of a key: a slow line sends the bytes of an arrow key one by one. */
export function unfinishedKey(input: string): string {
  // eslint-disable-next-line no-control-regex -- a terminal's keys begin with an escape character
  return /\u001B(?:\[[0-9;]*|O)?$/.exec(input)?.[0] ?? '';
}
