/** Tells those who watch a deployment that something has changed: within this process. Those of other servers: shared-events.ts. */
import type { StatusMessage } from '@ostler/contract';

export type RunEvent =
  | { readonly kind: 'changed' }
  | { readonly kind: 'message'; readonly runId: string; readonly deviceName: string; readonly message: StatusMessage };

export interface RunEvents {
  publish(deploymentId: string, event: RunEvent): void;
  /** @returns what ends the subscription */
  subscribe(deploymentId: string, listener: (event: RunEvent) => void): () => void;
}

export interface LocalRunEvents extends RunEvents {
  /** Deployments that somebody watches here. */
  watched(): string[];
}

export function createRunEvents(): LocalRunEvents {
  const listeners = new Map<string, Set<(event: RunEvent) => void>>();
  return {
    watched: () => [...listeners.keys()],
    publish: (deploymentId, event) => {
      for (const listener of listeners.get(deploymentId) ?? []) listener(event);
    },
    subscribe: (deploymentId, listener) => {
      const set = listeners.get(deploymentId) ?? new Set();
      set.add(listener);
      listeners.set(deploymentId, set);
      return () => {
        set.delete(listener);
        if (set.size === 0) listeners.delete(deploymentId);
      };
    },
  };
}
