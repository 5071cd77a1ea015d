/** The settings of the site that an administrator changes while it runs: one row. */
import { SiteSettings, type Site, type UpdateSiteSettings } from '@ostler/contract';
import type { z } from 'zod';
import { hashPassword, verifyPassword } from '../accounts/password-hash.ts';
import type { Database } from '../database/database.ts';
import type { HandlersOf } from '../http/handlers.ts';

export interface SiteSettingsStore {
  get(): Promise<SiteSettings>;
  /** False also where no password for targets is set. Slowing down guesses is the caller's. */
  verifyTargetPassword(password: string): Promise<boolean>;
}

export interface ChangeableSiteSettings extends SiteSettingsStore {
  describe(): Promise<Site>;
  update(change: z.output<typeof UpdateSiteSettings>): Promise<Site>;
}

/**
 * A new site touches nothing by itself: an unknown computer goes on to its disk, and a known one is approved first.
 * The ids are ones that vendors ship in many machines.
 */
const atFirst: SiteSettings = {
  name: 'Ostler',
  timeZone: 'UTC',
  unknownComputers: 'ignore',
  namingRule: '',
  trust: 'approval',
  secondFactor: 'optional',
  menuTimeoutSeconds: 10,
  kernelOptions: '',
  clientPollSeconds: 300,
  clientCacheBytes: 20 * 1024 ** 3,
  retryOnTarget: true,
  userAffinity: 'ignore',
  highRiskDefaultSize: 100,
  highRiskMaximumSize: 0,
  siteServers: 'block',
  siteServerCollectionIds: [],
  disregardedSmbiosUuids: [
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '03000200-0400-0500-0006-000700080009',
    '12345678-1234-5678-90ab-cddeefaabbcc',
  ],
  disregardedMacAddresses: [],
  collectionEvaluationHours: 24,
  userStateLimitBytes: 100 * 1024 ** 3,
  userStateLimitStores: 100,
  userStateRetentionHours: 24,
  retention: { messagesDays: 180, logsDays: 90, runsDays: 1095, inventoryChangesDays: 1095, statisticsDays: 1825, auditDays: 0 },
};

export function createSiteSettings({ sql }: Database): ChangeableSiteSettings {
  const read = async () => {
    const row = await sql.selectFrom('site_settings').selectAll().where('id', '=', 'site').executeTakeFirst();
    // A setting that a later version added has its first value until it is changed.
    // Safe: written by update, by this version or an earlier one.
    const stored = row === undefined ? {} : (JSON.parse(row.settings) as Partial<SiteSettings>);
    const settings = SiteSettings.parse({ ...atFirst, ...stored, retention: { ...atFirst.retention, ...stored.retention } });
    return { settings, targetPasswordHash: row?.target_password_hash ?? null };
  };
  const describe = async (): Promise<Site> => {
    const { settings, targetPasswordHash } = await read();
    return { ...settings, targetPasswordSet: targetPasswordHash !== null };
  };
  return {
    get: async () => (await read()).settings,
    describe,
    verifyTargetPassword: async (password) => {
      const { targetPasswordHash } = await read();
      return targetPasswordHash !== null && verifyPassword(password, targetPasswordHash);
    },
    update: async ({ targetPassword, ...change }) => {
      const { settings, targetPasswordHash } = await read();
      const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
      const row = {
        settings: JSON.stringify({ ...settings, ...given }),
        target_password_hash: targetPassword === undefined ? targetPasswordHash : await hashPassword(targetPassword),
      };
      await sql
        .insertInto('site_settings')
        .values({ id: 'site', ...row })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
        .execute();
      return describe();
    },
  };
}

/** `site.networkBoot` is the network boot's. */
export function siteHandlers(settings: ChangeableSiteSettings): Pick<HandlersOf<'site'>, 'site.get' | 'site.update'> {
  return {
    'site.get': () => settings.describe(),
    'site.update': ({ body }) => settings.update(body),
  };
}
