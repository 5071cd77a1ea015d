/**
 * The guard before deployments that begin without a person (feature map §1.9): not to more computers than the site allows, not to its own
 * servers, and where it is more than a few, or computers that nobody has chosen, only with a confirmation that was typed.
 */
import { builtInCollections, OstlerError, type CreateDeployment, type DeploymentRisk, type SiteSettings } from '@ostler/contract';
import { getCollection } from '../collections/store.ts';
import { siteServerIds, type SiteServers } from '../devices/site-servers.ts';
import type { Queries } from '../devices/store.ts';
import { listMembers, type Member } from './members.ts';

export interface Guard extends SiteServers {
  readonly settings: SiteServers['settings'] & Pick<SiteSettings, 'highRiskDefaultSize' | 'highRiskMaximumSize' | 'siteServers'>;
}
type Guarded = Pick<CreateDeployment, 'purpose' | 'collectionId'>;

const namedAtMost = 5;
const anybody: Readonly<Record<string, string>> = {
  [builtInCollections.allSystems]: 'it is for every computer of the site, also those that come later',
  [builtInCollections.allUnknownComputers]: 'it is for every computer that the site does not know',
};

/** A hidden one that is not required begins only on computers that somebody names it for. @throws OstlerError NOT_FOUND */
export async function assessRisk(sql: Queries, deployment: Guarded, guard: Guard): Promise<DeploymentRisk> {
  if (deployment.purpose !== 'required') return { reasons: [], refusal: null, confirm: null };
  const { settings } = guard;
  const { name } = await getCollection(sql, deployment.collectionId);
  const members = await listMembers(sql, deployment.collectionId);
  const servers = await serversAmong(sql, members, guard);
  const reasons = [
    ...(Object.hasOwn(anybody, deployment.collectionId) ? [anybody[deployment.collectionId] ?? ''] : []),
    ...(members.length > settings.highRiskDefaultSize ? [`it is for more than ${settings.highRiskDefaultSize} computers`] : []),
    ...(servers === null ? [] : [`it is also for the site’s own servers: ${servers}`]),
  ];
  const tooLarge = settings.highRiskMaximumSize > 0 && members.length > settings.highRiskMaximumSize;
  const blocked = servers !== null && settings.siteServers === 'block';
  return {
    reasons,
    refusal: refusalOf({ tooLarge, blocked }, settings, servers ?? ''),
    confirm: reasons.length === 0 ? null : `${name} ${members.length}`,
  };
}

/** @throws OstlerError DEPLOYMENT_REFUSED, DEPLOYMENT_NOT_CONFIRMED */
export function requireConfirmed({ refusal, reasons, confirm }: DeploymentRisk, given: string | null): void {
  if (refusal !== null) throw new OstlerError('DEPLOYMENT_REFUSED', { problem: refusal });
  if (confirm === null || given?.trim() === confirm) return;
  throw new OstlerError('DEPLOYMENT_NOT_CONFIRMED', { reasons: reasons.join('; '), confirm });
}

function refusalOf(
  { tooLarge, blocked }: { readonly tooLarge: boolean; readonly blocked: boolean },
  { highRiskMaximumSize }: Guard['settings'],
  servers: string,
): string | null {
  if (tooLarge) return `it is for more than ${highRiskMaximumSize} computers`;
  return blocked ? `it is also for the site’s own servers: ${servers}` : null;
}

/** Their names; null: none. */
async function serversAmong(sql: Queries, members: readonly Member[], guard: Guard): Promise<string | null> {
  const ids = await siteServerIds(sql, guard);
  const names = members.filter(({ id }) => ids.has(id)).map(({ name }) => name);
  if (names.length === 0) return null;
  const more = names.length > namedAtMost ? `, and ${names.length - namedAtMost} more` : '';
  return `${names.slice(0, namedAtMost).join(', ')}${more}`;
}
