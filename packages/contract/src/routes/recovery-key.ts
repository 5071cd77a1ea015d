/** Recovery keys of encrypted disks. */
import { z } from 'zod';
import { ById, Id, listOf } from '../nouns/common.ts';
import { RecoveryKey, RevealedRecoveryKey, VolumeId } from '../nouns/recovery-key.ts';
import type { RouteDefinition } from './define.ts';

export const recoveryKeyRoutes = {
  'recoveryKeys.list': {
    method: 'GET',
    path: '/api/v1/recovery-keys',
    access: { permission: 'recovery-keys.read', items: 'id' },
    tag: 'devices',
    summary: 'The recovery keys of a device or of a volume, the newest first, without the keys themselves',
    query: z.strictObject({ deviceId: Id.optional(), volumeId: VolumeId.optional() }),
    answer: listOf(RecoveryKey),
  },
  'recoveryKeys.reveal': {
    method: 'POST',
    path: '/api/v1/recovery-keys/:id/reveal',
    access: { permission: 'recovery-keys.reveal', on: 'params.id' },
    tag: 'devices',
    summary: 'Show one recovery key; who asked is logged',
    params: ById,
    answer: RevealedRecoveryKey,
  },
} as const satisfies Record<string, RouteDefinition>;
