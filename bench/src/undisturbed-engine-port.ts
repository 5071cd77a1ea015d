/** What the engine asks of a computer on which nothing comes in between: nobody cancels, pauses or debugs, no restart waits, and nothing is waited for or sealed. */
import type { EngineState } from '@ostler/contract';
import type { ConditionFacts, EngineEvent, EnginePort } from '@ostler/task-sequence';

/** The rest is the work itself, which differs. */
export abstract class UndisturbedEnginePort implements EnginePort {
  abstract readonly runStep: EnginePort['runStep'];
  abstract readonly saveState: (state: EngineState) => Promise<void>;
  abstract readonly report: (event: EngineEvent) => void;
  readonly conditionFacts = () => ({}) as ConditionFacts;
  readonly cancelRequested = () => false;
  readonly pauseRequested = () => false;
  readonly untilContinued = () => Promise.resolve();
  readonly restartHold = () => null;
  readonly untilRestartHoldDiffers = () => Promise.resolve();
  readonly takeDebugInstruction = () => null;
  readonly untilDebugInstruction = () => Promise.resolve();
  readonly wait = () => Promise.resolve();
  readonly timeout = () => new AbortController().signal;
  readonly now = () => Date.now();
  readonly elapsed = () => performance.now();
  readonly seal = (value: string) => Promise.resolve(value);
  readonly unseal = (sealed: string) => Promise.resolve(sealed);
  readonly fetchSecret = () => Promise.resolve('');
}
