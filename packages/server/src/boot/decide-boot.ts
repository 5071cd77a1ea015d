/** What a machine that asks over the network gets. Pure: the facts come from boot-facts.ts. */
import type { BootDecision, BootEnvironment } from '@ostler/network-boot';
import type { DeviceState, Environment, SiteSettings } from '@ostler/contract';

export interface BootFacts {
  /** What the machine is to the site; null when it is new and there was no room to note it, or it has no id of its own. */
  readonly deviceState: DeviceState | null;
  /** Its run that has not ended. */
  readonly run: { readonly taskSequenceName: string; readonly environment: Environment } | null;
  /** The required deployment that is to run next. */
  readonly requiredName: string | null;
  readonly availableCount: number;
  /** An administrator wants it in the boot environment once, without a key. */
  readonly bootOnce: boolean;
  /** It may be one of the computers that the site knows by their serial numbers alone, which only the boot environment can read. */
  readonly mayBeAwaited: boolean;
  /** What applies later. */
  readonly next: { readonly name: string; readonly at: string; readonly waitsForWindow: boolean } | null;
  readonly settings: Pick<SiteSettings, 'unknownComputers' | 'menuTimeoutSeconds'>;
  /** Null while there is no boot image. */
  readonly environment: BootEnvironment | null;
}

type Wish = 'environment' | 'wait' | 'menu' | 'disk';
interface Choice {
  readonly wish: Wish;
  readonly reason: string;
}

export function decideBoot(facts: BootFacts): BootDecision {
  const { wish, reason } = choose(facts);
  const { environment } = facts;
  if (wish === 'disk') return { kind: 'local-disk', reason };
  if (environment === null) return { kind: 'local-disk', reason: `${reason}, but there is no boot image: run ostler boot-image build` };
  const { menuTimeoutSeconds: timeoutSeconds } = facts.settings;
  const decisions: { readonly [W in Exclude<Wish, 'disk'>]: BootDecision } = {
    environment: { kind: 'boot-environment', reason, environment },
    wait: { kind: 'wait-for-approval', reason, environment },
    menu: { kind: 'menu', reason, environment, timeoutSeconds },
  };
  return decisions[wish];
}

/** In the order of weight: blocked, a run that goes on, then by what the machine is. */
function choose(facts: BootFacts): Choice {
  if (facts.deviceState === 'blocked') return { wish: 'disk', reason: 'This computer is blocked' };
  if (facts.run !== null) return goOn(facts.run);
  return byState[facts.deviceState ?? 'none'](facts);
}

function goOn(run: { readonly taskSequenceName: string; readonly environment: Environment }): Choice {
  return run.environment === 'boot-image'
    ? { wish: 'environment', reason: `Going on with ${run.taskSequenceName}` }
    : { wish: 'disk', reason: `Going on with ${run.taskSequenceName} in the installed system` };
}

const byState: { readonly [S in DeviceState | 'none']: (facts: BootFacts) => Choice } = {
  none: () => ({ wish: 'disk', reason: 'This computer cannot be told from others' }),
  blocked: () => ({ wish: 'disk', reason: 'This computer is blocked' }),
  pending: () => ({ wish: 'wait', reason: 'This computer waits for approval' }),
  unknown: unknownComputer,
  approved: approvedDevice,
};

function approvedDevice({ requiredName, availableCount, bootOnce, next }: BootFacts): Choice {
  if (requiredName !== null) return { wish: 'environment', reason: `Required deployment: ${requiredName}` };
  if (bootOnce) return { wish: 'environment', reason: 'This computer boots from the network once' };
  if (availableCount > 0) return { wish: 'menu', reason: `Available deployments: ${availableCount}` };
  return { wish: 'disk', reason: nothingYet(next) ?? 'Nothing is deployed to this computer' };
}

function unknownComputer({ settings, requiredName, availableCount, mayBeAwaited, next }: BootFacts): Choice {
  if (mayBeAwaited) return { wish: 'environment', reason: 'This computer says its serial number, by which the site awaits one' };
  if (settings.unknownComputers === 'ignore') return { wish: 'disk', reason: 'This computer is not known to the site' };
  if (settings.unknownComputers === 'approval') return { wish: 'wait', reason: 'This computer waits for approval' };
  if (requiredName !== null) return { wish: 'environment', reason: `Required deployment to unknown computers: ${requiredName}` };
  if (availableCount > 0) return { wish: 'environment', reason: `Available deployments to unknown computers: ${availableCount}` };
  return { wish: 'disk', reason: nothingYet(next) ?? 'Nothing is deployed to unknown computers' };
}

function nothingYet(next: BootFacts['next']): string | null {
  if (next === null) return null;
  return `Nothing is to do before ${next.at}: ${next.name}${next.waitsForWindow ? ' waits for a maintenance window' : ''}`;
}
