/** A page of the wizard: its text, what can be chosen or typed, and at the bottom what the keys do. Pure. */
import { wrap } from './format.ts';
import type { Frame, PageItem, PageView } from './screen-state.ts';

const noteLines = 3;
const detailLines = 2;

/** The keys are always there, on the last line; items scroll in what is left. */
export function renderPage({ title, lines, items, selected, note, keys }: PageView, { width, height }: Frame): string[] {
  const hints = wrap(keys.map(({ key, label }) => `[${key}] ${label}`).join('   '), width);
  const below = [...(note === '' ? [] : ['', ...wrap(note, width).slice(0, noteLines)]), '', ...hints];
  const text = lines.flatMap((line) => wrapIndented(line, width));
  const wanted = items.length === 0 ? 0 : 3;
  const above = [
    title.slice(0, width),
    '',
    ...text.slice(0, height - below.length - wanted - 3),
    ...(text.length > 0 && items.length > 0 ? [''] : []),
  ];
  const shown = visibleItems(items, selected, { width, height: height - above.length - below.length });
  const gap = Array.from({ length: Math.max(0, height - above.length - below.length - shown.length) }, () => '');
  return [...above, ...shown, ...gap, ...below];
}

/** What a line begins with stays in front of its continuation. */
function wrapIndented(line: string, width: number): string[] {
  const indent = /^ */.exec(line)?.[0] ?? '';
  return wrap(line.slice(indent.length), width - indent.length).map((part) => indent + part);
}

/** As many as there is room for, the selected one among them. */
function visibleItems(items: readonly PageItem[], selected: number, { width, height }: Frame): string[] {
  const all = items.map((item, index) => itemLines(item, index, { isSelected: index === selected, width }));
  if (all.flat().length <= height) return all.flat();
  const room = height - 2;
  let first = 0;
  while (first < selected && all.slice(first, selected + 1).flat().length > room) first += 1;
  const visible: string[] = [];
  let last = first;
  for (; last < all.length && visible.length + (all[last]?.length ?? 0) <= room; last += 1) visible.push(...(all[last] ?? []));
  return [first > 0 ? '  (more above)' : '', ...visible, last < all.length ? '  (more below)' : ''];
}

function itemLines(
  { label, detail, value }: PageItem,
  index: number,
  { isSelected, width }: { readonly isSelected: boolean; readonly width: number },
): string[] {
  const mark = isSelected ? '>' : ' ';
  const line =
    value === null ? `${mark} ${index + 1}  ${label}`.slice(0, width) : fieldLine(`${mark} ${label}: `, value, isSelected, width);
  return detail === '' ? [line] : [line, ...wrapIndented(`     ${detail}`, width).slice(0, detailLines)];
}

/** Of a long value the end is shown: there it is typed. */
function fieldLine(label: string, value: string, isSelected: boolean, width: number): string {
  const start = label.slice(0, width - 20);
  const room = width - start.length - 1;
  return `${start}${value.slice(-room)}${isSelected ? '_' : ''}`;
}
