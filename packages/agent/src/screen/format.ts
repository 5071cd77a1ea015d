/** Times, rates and text for the screen. */
import { formatBytes } from '@ostler/contract';

/** `75` → `1:15`, `3700` → `1:01:40`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = (parts[0] ?? 0) > 0 ? parts : parts.slice(1);
  return shown.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}

export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** Lines of at most `width` characters, broken between words where possible. Control characters become blanks. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of plain(text)
    .split(' ')
    .flatMap((each) => chunks(each, width))) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** What a terminal could take for a command is taken out; characters beyond Latin have no glyph on a text console. */
export function plain(text: string): string {
  // eslint-disable-next-line no-control-regex -- escape sequences are what is looked for
  const withoutEscapes = text.replaceAll(/\u001B\[[0-9;?]*[A-Za-z]/g, '');
  // eslint-disable-next-line no-control-regex -- and then every other control character
  return withoutEscapes.replaceAll(/[\u0000-\u001F\u007F-\u009F]/g, ' ');
}

function chunks(word: string, width: number): string[] {
  if (word.length <= width) return [word];
  return Array.from({ length: Math.ceil(word.length / width) }, (_, index) => word.slice(index * width, (index + 1) * width));
}
