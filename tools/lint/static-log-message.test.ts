import { testRule } from './rule-tester.ts';
import { staticLogMessage } from './static-log-message.ts';

const sample = (name: string, code: string) => ({ name, file: 'packages/server/src/x.ts', code });

testRule('house/static-log-message', staticLogMessage, {
  allowed: [
    sample('a message alone', `log.info('server started');`),
    sample('fields and a message', `class A { #log; f() { this.#log.warn({ deviceId, err }, 'device refused'); } }`),
    sample('fields by name and a message', `request.log.error(fields, 'request failed');`),
    sample('a template without expressions', 'logger.debug(`no machine`);'),
    sample('something that is not a log', 'console.info(`hello ${name}`); screen.error(text);'),
  ],
  reported: [
    sample('a template with an expression', 'log.info(`device ${id} approved`);'),
    sample('a template after the fields', 'log.info({ id }, `device ${id} approved`);'),
    sample('a sum of strings', `deviceLog.info('device ' + id);`),
    sample('a variable', `request.log.warn({ id }, text);`),
    sample('an error alone', `log.error(error);`),
    sample('printf arguments', `log.info('device %s approved', id);`),
    sample('no message', `log.info();`),
    sample('a private log', `class A { #log; f() { this.#log.warn(text); } }`),
  ],
});
