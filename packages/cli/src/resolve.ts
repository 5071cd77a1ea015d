/** People name things; the API wants ids. */
import { ApiError, Id, OstlerError } from '@ostler/contract';
import { listItems, type CommandContext } from './command.ts';

/** What can be given by name or id, and where its list is. */
const lists = {
  image: 'images.list',
  package: 'packages.list',
  application: 'applications.list',
  'boot image': 'bootImages.list',
  boundary: 'boundaries.list',
  'boundary group': 'boundaryGroups.list',
  'distribution point': 'distributionPoints.list',
  'task sequence': 'taskSequences.list',
  'state store': 'stateStores.list',
  collection: 'collections.list',
  deployment: 'deployments.list',
  token: 'tokens.list',
  account: 'accounts.list',
  'identity provider': 'identityProviders.list',
  role: 'roles.list',
  'security scope': 'securityScopes.list',
  client: 'clients.list',
  webhook: 'webhooks.list',
  'notification rule': 'notifications.list',
} as const;
export type Kind = keyof typeof lists | 'device';

interface Named {
  readonly id: string;
  readonly name?: string;
  readonly taskSequenceName?: string;
  readonly collectionName?: string;
  readonly deviceName?: string;
}

/**
 * The id of the thing with this id or name (without regard to case).
 * @throws OstlerError NOT_FOUND, or AMBIGUOUS_NAME with the ids when several have the name.
 */
export async function resolveId(context: CommandContext, kind: Kind, nameOrId: string): Promise<string> {
  const items: readonly Named[] = kind === 'device' ? await devicesNamed(context, nameOrId) : await listItems(context, lists[kind]);
  if (items.some(({ id }) => id === nameOrId)) return nameOrId;
  const matches = items.filter((item) => namesOf(item).includes(nameOrId.toLowerCase()));
  const [match] = matches;
  if (match === undefined) throw new OstlerError('NOT_FOUND', { kind, id: nameOrId });
  if (matches.length > 1) throw new OstlerError('AMBIGUOUS_NAME', { kind, name: nameOrId, ids: matches.map(({ id }) => id).join(', ') });
  return match.id;
}

/** There may be very many: the site finds the one. */
async function devicesNamed({ client, signal }: CommandContext, nameOrId: string): Promise<readonly Named[]> {
  const { items } = await client.call('devices.list', { query: { name: nameOrId } }, signal);
  if (items.length > 0 || !Id.safeParse(nameOrId).success) return items;
  try {
    return [await client.call('devices.get', { params: { id: nameOrId } }, signal)];
  } catch (error) {
    if (error instanceof ApiError && error.body.code === 'NOT_FOUND') return [];
    throw error;
  }
}

/** A deployment may be called by its task sequence, or `task sequence → collection`; a state store by the computer it was captured from. */
function namesOf({ name, taskSequenceName, collectionName, deviceName }: Named): string[] {
  const names = [
    name,
    deviceName,
    taskSequenceName,
    taskSequenceName === undefined ? undefined : `${taskSequenceName} → ${collectionName ?? ''}`,
  ];
  return names.flatMap((each) => (each === undefined ? [] : [each.toLowerCase()]));
}
