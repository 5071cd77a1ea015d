/** What the site wants confirmed because it begins without a person: typed at the terminal, or given by a script. */
import { ApiError } from '@ostler/contract';
import { askLine } from '../ask-line.ts';
import type { CommandContext } from '../command.ts';

/** Where the site asks for it, the person at the terminal types the words; a script gives --confirm. @throws ApiError */
export async function callConfirmed<T>(
  { output }: Pick<CommandContext, 'output'>,
  given: string | null,
  call: (confirm: string | null) => Promise<T>,
): Promise<T> {
  try {
    return await call(given);
  } catch (error) {
    const isAsked = error instanceof ApiError && error.body.code === 'DEPLOYMENT_NOT_CONFIRMED' && given === null;
    if (!isAsked || !process.stdin.isTTY) throw error;
    output.note(`${error.body.message}\nIt may clear disks. If that is meant, type the words in quotation marks.`);
    return call(await askLine('> '));
  }
}
