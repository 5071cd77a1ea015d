/** Answers about memberships before anything is saved: what a query would find, and why a device is or is not a member. */
import {
  OstlerError,
  type CollectionPreview,
  type MembershipExplanation,
  type MembershipReason,
  type PreviewCollection,
} from '@ostler/contract';
import type { z } from 'zod';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../database/database.ts';
import { devicesById } from '../devices/store.ts';
import { memberIds, readCandidates } from './candidates.ts';
import { explain } from './evaluate.ts';
import type { QueryLanguage } from './query/query-language.ts';
import { collectionNodes } from './rules.ts';
import { getCollection, listCollections } from './store.ts';

export interface InspectDependencies {
  readonly database: Database;
  readonly language: QueryLanguage;
  readonly now: () => number;
}

const chunkSize = 250;

/** @throws OstlerError QUERY_INVALID, NOT_FOUND */
export async function previewQuery(
  { query, limitingCollectionId, limit }: z.output<typeof PreviewCollection>,
  dependencies: InspectDependencies,
  signal: AbortSignal,
): Promise<CollectionPreview> {
  const { sql } = dependencies.database;
  const ask = dependencies.language.compile(query);
  await getCollection(sql, limitingCollectionId);
  const found: string[] = [];
  const counts = { memberCount: 0, askedCount: 0, unansweredCount: 0 };
  let unansweredReason: string | null = null;
  let ids = await memberIds(sql, limitingCollectionId, '', chunkSize);
  while (ids.length > 0) {
    signal.throwIfAborted();
    for (const { device, subject } of await readCandidates(sql, ids, dependencies)) {
      const answer = ask(subject);
      counts.askedCount += 1;
      if ('problem' in answer) {
        counts.unansweredCount += 1;
        unansweredReason ??= `${device.name}: ${answer.problem}`;
      } else if (answer.holds) {
        counts.memberCount += 1;
        if (found.length < limit) found.push(device.id);
      }
    }
    ids = await memberIds(sql, limitingCollectionId, ids.at(-1) ?? '', chunkSize);
    await sleep(0, undefined, { signal });
  }
  return { ...counts, unansweredReason, members: await devicesById(sql, found) };
}

/** The memberships are to be settled before. @throws OstlerError NOT_FOUND */
export async function explainMembership(
  collectionId: string,
  deviceId: string,
  dependencies: InspectDependencies,
): Promise<MembershipExplanation> {
  const { sql } = dependencies.database;
  const collection = await getCollection(sql, collectionId);
  const [candidate] = await readCandidates(sql, [deviceId], dependencies);
  if (candidate === undefined) throw new OstlerError('NOT_FOUND', { kind: 'device', id: deviceId });
  const { device, memberOf } = candidate;
  const node = (await collectionNodes(sql, dependencies.language)).find(({ id }) => id === collectionId);
  const names = new Map((await listCollections(sql)).map(({ id, name }) => [id, name]));
  const byState: MembershipReason = { kind: 'state', text: device.state, holds: memberOf.has(collectionId), problem: '' };
  return {
    deviceName: device.name,
    collectionName: collection.name,
    isMember: memberOf.has(collectionId),
    reasons: node === undefined ? [byState] : explain(node, candidate, (id) => names.get(id) ?? id),
    document: device,
  };
}
