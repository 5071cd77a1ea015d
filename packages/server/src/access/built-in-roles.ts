/** The roles that every site has. They cannot be changed, but copied. */
import { fullAdministratorRoleId, permissions, type ObjectType, type Permission, type Role } from '@ostler/contract';

const read = permissions.filter((permission) => permission.endsWith('.read'));
/** Kinds of objects that decide who may do what, and what they did. */
const security = ['audit', 'accounts', 'identity-providers', 'roles', 'security-scopes'] as const satisfies readonly ObjectType[];
const contentTypes = ['images', 'packages', 'boot-images', 'applications', 'task-sequences'] as const satisfies readonly ObjectType[];
const deviceTypes = [
  'devices',
  'clients',
  'collections',
  'deployments',
  'runs',
  'device-associations',
] as const satisfies readonly ObjectType[];

/** Webhooks: their addresses are often secrets of the receiver. */
const withheld = [...security, 'webhooks'] as const satisfies readonly ObjectType[];

/** Everything that can be seen, without what decides about people, without addresses of other programs, and without the bytes of content. */
const readEverything = read.filter((permission) => !isOf(permission, withheld) && permission !== 'content.read');

export const builtInRoles: readonly Role[] = [
  role(fullAdministratorRoleId, 'Full administrator', 'Everything', permissions),
  role('deployment-manager', 'Operating system deployment manager', 'Makes content and task sequences, and deploys them', [
    ...readEverything,
    ...contentTypes.flatMap(all),
    ...deviceTypes.flatMap(all),
    'content.read',
    'content.upload',
    'content.verify',
    'jobs.cancel',
    'state-stores.delete',
  ]),
  role('operator', 'Operator', 'Imports computers, deploys what there is and looks after runs', [
    ...readEverything,
    'devices.create',
    'devices.modify',
    'devices.delete',
    'clients.enrol',
    'clients.revoke',
    'collections.modify',
    'collections.deploy',
    'task-sequences.deploy',
    'deployments.create',
    'deployments.modify',
    'deployments.delete',
    'deployments.rerun',
    'runs.control',
    'runs.debug',
    'device-associations.create',
    'device-associations.delete',
  ]),
  role('service-desk', 'Service desk', 'Deploys what there is to the collections that it was given', [
    'task-sequences.read',
    'task-sequences.deploy',
    'devices.read',
    'collections.read',
    'collections.deploy',
    'deployments.read',
    'deployments.create',
    'deployments.rerun',
    'runs.read',
    'runs.control',
    'reports.read',
  ]),
  role('analyst', 'Analyst', 'Sees everything but accounts, and changes nothing', readEverything),
  role('auditor', 'Auditor', 'Sees who may do what, and who did what', [
    ...read.filter((permission) => isOf(permission, security)),
    'site.read',
  ]),
];

function role(id: string, name: string, description: string, given: readonly Permission[]): Role {
  return { id, name, description, builtIn: true, permissions: permissions.filter((permission) => given.includes(permission)) };
}

function all(type: ObjectType): readonly Permission[] {
  return permissions.filter((permission) => isOf(permission, [type]));
}

function isOf(permission: Permission, types: readonly ObjectType[]): boolean {
  return types.some((type) => permission.startsWith(`${type}.`));
}
