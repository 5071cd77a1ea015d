/** What is being chosen or typed, on a console that only appends: the open last line. Pure. */
import { plain } from './format.ts';
import type { ScreenView } from './screen-state.ts';

/** Empty where nothing is chosen or typed. */
export function typedLine(view: ScreenView): string {
  if (view.view !== 'page') return '';
  const item = view.items[view.selected];
  if (item === undefined) return '';
  return plain(item.value === null ? `> ${view.selected + 1}  ${item.label}` : `${item.label}: ${item.value}`);
}

/** What to write after the open line `before`: whole lines, if any, and then the line that is open now. */
export function appended(before: string, lines: readonly string[], now: string): string {
  if (lines.length === 0) return changeOf(before, now);
  return `${before === '' ? '' : '\r\n'}${lines.map((line) => `${line}\r\n`).join('')}${now}`;
}

function changeOf(before: string, now: string): string {
  if (now === before) return '';
  if (now === '') return '\r\n';
  if (now.startsWith(before)) return now.slice(before.length);
  if (before.startsWith(now)) return '\b \b'.repeat(before.length - now.length);
  return `\r\n${now}`;
}
