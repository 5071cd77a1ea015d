/** When a run's computer was last heard of, to some seconds: the requests of a thousand computers do not each write a row. */
import type { Queries } from '../devices/store.ts';

export interface ContactNote {
  /** The run's computer has said something just now. */
  note(runId: string): Promise<void>;
}

/** Far below what a computer is taken for gone after (cancel-run.ts). */
const notedEveryMs = 10_000;
/** What is forgotten is only noted once too often. */
const rememberedAtMost = 10_000;

export function createContactNote({ sql, now }: { readonly sql: Queries; readonly now: () => number }): ContactNote {
  const notedAtMs = new Map<string, number>();
  return {
    note: async (runId) => {
      const nowMs = now();
      if (nowMs - (notedAtMs.get(runId) ?? 0) < notedEveryMs) return;
      if (notedAtMs.size >= rememberedAtMost) notedAtMs.clear();
      notedAtMs.set(runId, nowMs);
      await sql.updateTable('runs').set({ last_contact_at: nowMs }).where('id', '=', runId).execute();
    },
  };
}
