/**
 * Join Domain or Workgroup, in the installed Linux system: realmd finds the domain, joins it with adcli and sets SSSD up. The password goes to its
 * standard input. The OSDJoin… variables, when set, win over the step's own options (feature map §2.4).
 */
import { readFile, writeFile } from 'node:fs/promises';
import { OstlerError, type StepOptions } from '@ostler/contract';
import type { StepResult } from '@ostler/task-sequence';
import { isTrue } from './run-command-line.ts';
import { runProgram, type ProgramRequest } from './run-program.ts';
import type { StepContext, StepHandler } from './step-context.ts';

type Options = StepOptions<'join-domain'>;
export interface DomainJoin {
  readonly domain: string;
  readonly organizationalUnit: string;
  readonly account: string;
  readonly password: string;
}

const sambaSettings = '/etc/samba/smb.conf';

/** @throws OstlerError DOMAIN_PROGRAM_MISSING, VARIABLE_NOT_SET */
export const joinDomain: StepHandler<'join-domain'> = async (options, context) => {
  const { variables, environment } = context;
  await context.loadSecrets('OSDJoinPassword');
  const workgroup = workgroupOf(options, context);
  const result = workgroup === null ? await enterDomain(domainOf(options, context), context) : await enterWorkgroup(workgroup, context);
  const restarts = result.exitCode === 0 && options.restart && !isTrue(variables.get('OSDJoinSkipReboot'));
  return restarts ? { ...result, restart: { target: environment } } : result;
};

/** The name of the workgroup, or null where a domain is meant: OSDJoinType 0 is a domain, 1 a workgroup. */
function workgroupOf({ join }: Options, { variables }: StepContext): string | null {
  const type = variables.get('OSDJoinType');
  const isWorkgroup = type === undefined ? join.kind === 'workgroup' : type.trim() === '1';
  if (!isWorkgroup) return null;
  return variables.get('OSDJoinWorkgroupName') ?? (join.kind === 'workgroup' ? variables.expand(join.workgroup) : 'WORKGROUP');
}

function domainOf({ join }: Options, { variables }: StepContext): DomainJoin {
  const own = join.kind === 'domain' ? join : null;
  const expand = (text: string | undefined): string => variables.expand(text ?? '');
  const passwordVariable = own?.passwordVariable ?? 'OSDJoinPassword';
  const required = (variable: string, value: string | undefined, purpose: string): string => {
    if (value === undefined || value === '') throw new OstlerError('VARIABLE_NOT_SET', { variable, purpose });
    return value;
  };
  return {
    domain: required('OSDJoinDomainName', variables.get('OSDJoinDomainName') ?? expand(own?.domain), 'it should name the domain'),
    organizationalUnit: variables.get('OSDJoinDomainOUName') ?? expand(own?.organizationalUnit),
    account: required('OSDJoinAccount', variables.get('OSDJoinAccount') ?? expand(own?.account), 'it should name the account that joins'),
    password: required(
      passwordVariable,
      variables.get('OSDJoinPassword') ?? variables.get(passwordVariable),
      'it should hold the password of that account',
    ),
  };
}

/** realm(8), "join": without a terminal it reads the password from standard input. */
export function joinRequest({ domain, organizationalUnit, account, password }: DomainJoin): ProgramRequest {
  // Accounts come as DOMAIN\user and user@domain too: within the domain, the user's name is enough.
  const user = account.replace(/^[^\\]*\\/, '');
  const unit = organizationalUnit.replace(/^LDAP:\/\//i, '');
  const where = unit === '' ? [] : [`--computer-ou=${unit}`];
  return { program: 'realm', args: ['join', '--verbose', `--user=${user}`, ...where, domain], input: `${password}\n` };
}

async function enterDomain(join: DomainJoin, context: StepContext): Promise<StepResult> {
  if (!(await context.imaging.hasProgram('/', 'realm'))) throw new OstlerError('DOMAIN_PROGRAM_MISSING', { domain: join.domain });
  context.log.info({ domain: join.domain, organizationalUnit: join.organizationalUnit, account: join.account }, 'joining the domain');
  return runProgram(joinRequest(join), context);
}

/** A workgroup is what is left when the computer is in no domain; its name matters to Samba alone. */
async function enterWorkgroup(workgroup: string, context: StepContext): Promise<StepResult> {
  const left = (await context.imaging.hasProgram('/', 'realm')) ? await leaveDomain(context) : 'no domain was joined';
  const settings = await readFile(sambaSettings, 'utf8').catch(() => null);
  if (settings !== null) await writeFile(sambaSettings, withWorkgroup(settings, workgroup));
  return { exitCode: 0, output: `${left}; ${settings === null ? 'Samba is not installed' : `Samba's workgroup is ${workgroup}`}` };
}

async function leaveDomain(context: StepContext): Promise<string> {
  const listed = await runProgram({ program: 'realm', args: ['list', '--name-only'] }, context);
  const domains = listed.exitCode === 0 ? listed.output.split('\n').filter((each) => each.trim() !== '') : [];
  for (const domain of domains) await context.imaging.run('realm', ['leave', domain.trim()], { signal: context.signal });
  return domains.length === 0 ? 'no domain was joined' : `left ${domains.join(', ')}`;
}

/** smb.conf(5): the setting stands in the section [global]. */
export function withWorkgroup(settings: string, workgroup: string): string {
  const line = `   workgroup = ${workgroup}`;
  if (/^[ \t]*workgroup[ \t]*=.*$/im.test(settings)) return settings.replace(/^[ \t]*workgroup[ \t]*=.*$/im, line);
  if (/^[ \t]*\[global\][ \t]*$/im.test(settings))
    return settings.replace(/^[ \t]*\[global\][ \t]*$/im, (section) => `${section}\n${line}`);
  return `[global]\n${line}\n${settings}`;
}
