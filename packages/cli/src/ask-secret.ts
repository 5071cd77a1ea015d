/** What must not be seen: read from a file that a script gives, or asked at the terminal without showing what is typed. */
import { createInterface } from 'node:readline/promises';
import { OstlerError } from '@ostler/contract';
import { readTextFile } from './read-text-file.ts';

/** `file`: `-` is standard input; without one it is asked for. @throws OstlerError FILE_NOT_READABLE, NO_ANSWER */
export async function secretFrom(file: string | undefined, question: string): Promise<string> {
  return file === undefined ? askSecret(question) : (await readTextFile(file)).trimEnd();
}

/** @throws OstlerError NO_ANSWER where standard input ends */
export async function askSecret(question: string): Promise<string> {
  process.stderr.write(question);
  const prompt = createInterface({ input: process.stdin, terminal: process.stdin.isTTY });
  try {
    for await (const line of prompt) return line;
    throw new OstlerError('NO_ANSWER', { question: question.replace(/:? $/, '') });
  } finally {
    prompt.close();
    process.stderr.write('\n');
  }
}
