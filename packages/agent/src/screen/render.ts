/** The full-screen display: from what is to be shown to the lines of a console of any size. Pure; terminal.ts writes them. */
import { formatDuration, wrap, plain } from './format.ts';
import { renderDebugger } from './render-debugger.ts';
import { renderFailed } from './render-failed.ts';
import { renderPage } from './render-page.ts';
import { renderRun } from './render-run.ts';
import type { ComputerIdentity, Frame, ScreenSize, ScreenState, ScreenView } from './screen-state.ts';

/** What every console has at least. */
export const smallestScreen: ScreenSize = { columns: 80, rows: 25 };
/** Wider or higher is harder to read: the rest of a large console stays empty around the picture. */
const largestPicture: ScreenSize = { columns: 120, rows: 40 };
/** Title, blank, …, blank, last line. */
const borderLines = 4;

type Views = { readonly [V in ScreenView['view']]: (view: Extract<ScreenView, { view: V }>, frame: Frame, nowMs: number) => string[] };

const views: Views = {
  message: ({ title, lines }, { width }) => [title, '', ...lines.flatMap((line) => wrap(line, width))],
  waiting: ({ computer }) => [
    'Waiting for approval',
    '',
    'An administrator of the site has to approve this computer before it is deployed.',
    'It goes on by itself as soon as that has happened.',
    '',
    ...identityLines(computer),
  ],
  password: ({ computer, typed, message }, { width }) => [
    'Password',
    '',
    'This site asks for a password before it deploys a computer.',
    '',
    `Password: ${'*'.repeat(Math.min(typed, 50))}_`,
    '',
    ...wrap(message, width),
    '',
    ...identityLines(computer),
  ],
  page: renderPage,
  run: renderRun,
  restarting: ({ message, seconds }, { width }) => [
    'Restarting',
    '',
    ...wrap(message, width),
    ...(seconds > 0 ? ['', `The computer restarts in ${formatDuration(seconds)}.`] : []),
  ],
  succeeded: ({ sequenceName, computerName, elapsedSeconds }, { width }) => [
    'Done',
    '',
    ...wrap(`${sequenceName} has finished on ${computerName} after ${formatDuration(elapsedSeconds)}.`, width),
  ],
  failed: renderFailed,
  debugger: renderDebugger,
};

/** @returns as many lines as the console has, none longer than it is wide; the picture in the middle. */
export function render({ siteName, networkProblem, content }: ScreenState, nowMs: number, size: ScreenSize = smallestScreen): string[] {
  const columns = Math.min(size.columns, largestPicture.columns);
  const rows = Math.min(size.rows, largestPicture.rows);
  const width = columns - 4;
  const title = ` ${siteName === '' ? 'Ostler' : `Ostler - ${siteName}`} `;
  const problem = networkProblem === null ? [] : wrap(`The server does not answer (${networkProblem}); trying again.`, width).slice(0, 2);
  const height = rows - borderLines - problem.length;
  // Safe: the table has, for each view, the function that takes exactly this view.
  const renderView = views[content.view] as (view: ScreenView, frame: Frame, nowMs: number) => string[];
  const body = renderView(content, { width, height }, nowMs).map((line) => `  ${plain(line)}`);
  const picture = [
    title.padStart(Math.floor((columns + title.length) / 2), '=').padEnd(columns, '='),
    '',
    ...Array.from({ length: height }, (_, index) => body[index] ?? ''),
    ...problem.map((line) => `! ${line}`),
    '',
    '='.repeat(columns),
  ].map((line) => line.slice(0, columns));
  return centred(picture, { columns, rows }, size);
}

function centred(picture: readonly string[], { columns, rows }: ScreenSize, size: ScreenSize): string[] {
  const left = ' '.repeat(Math.floor((size.columns - columns) / 2));
  const above = Array.from({ length: Math.floor((size.rows - rows) / 2) }, () => '');
  const lines = [...above, ...picture.map((line) => (line === '' ? '' : left + line))];
  return [...lines, ...Array.from({ length: size.rows - lines.length }, () => '')];
}

function identityLines({ name, macAddress, smbiosUuid, serialNumber }: ComputerIdentity): string[] {
  return [`Computer:  ${name}`, `MAC:       ${macAddress}`, `UUID:      ${smbiosUuid}`, `Serial:    ${serialNumber}`];
}
