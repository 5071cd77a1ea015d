/** Asks a person at the terminal for a line. */
import { createInterface } from 'node:readline/promises';

export async function askLine(question: string): Promise<string> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await prompt.question(question)).trim();
  } finally {
    prompt.close();
  }
}
