/** Commands for the second factor of the own account: codes of an authenticator app beside the password. */
import { renderUnicodeCompact } from 'uqr';
import { secretFrom } from '../ask-secret.ts';
import { text, type ApiCommand } from '../command.ts';
import { formatFacts } from '../output.ts';

const passwordOption = { '--password-file <file>': 'read the password from a file instead of asking; - is standard input' };
const codeOption = { '--code-file <file>': 'read the code from a file instead of asking; - is standard input' };

function codeList(codes: readonly string[]): string {
  return [
    'Recovery codes, for the day that the app is lost. Each lets you in once, and they are not shown again:',
    ...codes.map((code) => `  ${code}`),
  ].join('\n');
}

export const secondFactorCommands: readonly ApiCommand[] = [
  {
    words: 'second-factor show',
    summary: 'Show whether your sign-in asks for a code, and how many recovery codes are left',
    run: async ({ client, output, signal }) => {
      const state = await client.call('secondFactor.get', {}, signal);
      output.result(state, () =>
        state.confirmedAt === null ? 'Your sign-in asks for the password alone: ostler second-factor enrol' : formatFacts(state),
      );
    },
  },
  {
    words: 'second-factor enrol',
    summary: 'Begin: show the secret for an authenticator app; nothing changes until you confirm it',
    options: passwordOption,
    help:
      'Any app that makes codes of six digits every 30 seconds (TOTP) will do: scan the code or type the secret.\nThen:\n\n' +
      '  ostler second-factor confirm',
    run: async ({ client, output, signal }, _args, values) => {
      const password = await secretFrom(text(values, 'passwordFile'), 'Your password: ');
      const enrolled = await client.call('secondFactor.enrol', { body: { password } }, signal);
      output.result(enrolled, () =>
        [
          renderUnicodeCompact(enrolled.uri, { border: 2 }),
          `Scan it with the app, or type the secret: ${enrolled.secret}`,
          'Then give a code that the app shows: ostler second-factor confirm',
        ].join('\n'),
      );
    },
  },
  {
    words: 'second-factor confirm',
    summary: 'Show that the app has the secret: from now on your sign-in asks for a code',
    options: codeOption,
    help: 'Your other sessions end. API tokens go on: look through them with `ostler token list`.',
    run: async ({ client, output, signal }, _args, values) => {
      const code = await secretFrom(text(values, 'codeFile'), 'Code that the app shows: ');
      const { recoveryCodes } = await client.call('secondFactor.confirm', { body: { code } }, signal);
      output.result({ recoveryCodes }, () => codeList(recoveryCodes));
    },
  },
  {
    words: 'second-factor recovery-codes',
    summary: 'Make new recovery codes; those that there are end',
    options: codeOption,
    run: async ({ client, output, signal }, _args, values) => {
      const code = await secretFrom(text(values, 'codeFile'), 'Code, or a recovery code: ');
      const { recoveryCodes } = await client.call('secondFactor.renewRecoveryCodes', { body: { code } }, signal);
      output.result({ recoveryCodes }, () => codeList(recoveryCodes));
    },
  },
  {
    words: 'second-factor remove',
    summary: 'Remove your second factor; your other sessions end',
    options: { ...passwordOption, ...codeOption },
    help: 'Who has neither the app nor a recovery code asks an administrator: ostler account remove-second-factor NAME',
    run: async ({ client, output, signal }, _args, values) => {
      const password = await secretFrom(text(values, 'passwordFile'), 'Your password: ');
      const code = await secretFrom(text(values, 'codeFile'), 'Code, or a recovery code: ');
      await client.call('secondFactor.remove', { body: { password, code } }, signal);
      output.result({}, () => 'Your sign-in asks for the password alone.');
    },
  },
];
