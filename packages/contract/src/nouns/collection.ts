/** Collections of devices. */
import { z } from 'zod';
import { Id, Name, Timestamp } from './common.ts';

/** The two collections every site has; their membership is computed, not stored. */
export const builtInCollections = { allSystems: 'all-systems', allUnknownComputers: 'all-unknown-computers' } as const;

export const Collection = z.strictObject({
  id: Id,
  name: Name,
  /** Between collections that set the same variable, the higher priority wins. */
  priority: z.number().int().min(1).max(9),
  builtIn: z.boolean(),
  memberCount: z.number().int().nonnegative(),
  createdAt: Timestamp,
});
export type Collection = z.output<typeof Collection>;
export const CreateCollection = z.strictObject({ name: Name, priority: z.number().int().min(1).max(9).default(1) });
export const CollectionMember = z.strictObject({ id: Id, deviceId: Id });
