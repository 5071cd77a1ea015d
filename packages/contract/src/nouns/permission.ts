/** What a person can be allowed to do: an operation on a kind of object. Who is allowed what is decided by the server. */
import { z } from 'zod';

/** Every kind of object with its operations, each with what it lets a person do. */
export const operations = {
  site: {
    read: 'See the site’s settings and state',
    modify: 'Change settings of the site',
    'back-up': 'Write a backup of the site',
    'rotate-key': 'Seal all secrets again with a new key',
  },
  jobs: { read: 'See the server’s jobs', cancel: 'Cancel jobs' },
  images: {
    read: 'See operating system images',
    create: 'Import and make operating system images',
    export: 'Export an index into a file on the server',
    delete: 'Delete operating system images',
  },
  packages: {
    read: 'See packages',
    create: 'Make packages',
    modify: 'Change packages: their names and programs',
    delete: 'Delete packages',
  },
  content: {
    read: 'Download stored content',
    upload: 'Upload content',
    verify: 'Read all stored content again',
    delete: 'Delete unreferenced content',
  },
  'boot-images': { read: 'See boot images', create: 'Build boot images', delete: 'Delete boot images' },
  applications: {
    read: 'See applications',
    create: 'Make applications',
    modify: 'Change applications',
    delete: 'Delete applications',
  },
  'task-sequences': {
    read: 'See task sequences, their versions and what they would do',
    create: 'Make and import task sequences',
    modify: 'Save new versions of task sequences',
    delete: 'Delete task sequences',
    deploy: 'Deploy task sequences',
  },
  boundaries: { read: 'See boundaries', create: 'Make boundaries', delete: 'Delete boundaries' },
  'boundary-groups': {
    read: 'See boundary groups, and where an address gets content',
    create: 'Make boundary groups',
    modify: 'Change boundaries and neighbours of boundary groups',
    delete: 'Delete boundary groups',
  },
  'distribution-points': {
    read: 'See distribution points and what content they have',
    create: 'Make distribution points',
    modify: 'Enrol, change and revoke distribution points, and give them content',
    delete: 'Delete distribution points',
  },
  devices: {
    read: 'See devices and their variables',
    create: 'Import devices',
    modify: 'Rename, approve and block devices, set their variables, and say who they are for',
    delete: 'Delete devices',
  },
  clients: {
    read: 'See which computers have the client, and which enrolment tokens there are',
    enrol: 'Make tokens that let a computer enrol, and delete them',
    revoke: 'End the key of a client',
  },
  collections: {
    read: 'See collections, their members and variables',
    create: 'Make collections',
    modify: 'Change rules, members and variables of collections, and evaluate them',
    delete: 'Delete collections',
    deploy: 'Deploy to collections',
  },
  deployments: {
    read: 'See deployments and their status',
    create: 'Make deployments, of task sequences and to collections that may be deployed',
    modify: 'Change, pause, resume and stop deployments',
    delete: 'Delete deployments',
    rerun: 'Let a required deployment run again on a device',
  },
  runs: {
    read: 'See runs, their messages and logs',
    control: 'Cancel, pause, resume and restart runs',
    debug: 'Use the debugger of a run, which shows its variables and changes its way',
  },
  reports: { read: 'Read reports about what one may see' },
  'recovery-keys': { read: 'See which recovery keys there are', reveal: 'Read recovery keys' },
  'state-stores': { read: 'See state stores', recover: 'Download users’ files in clear', delete: 'Delete state stores' },
  'device-associations': {
    read: 'See which computers may restore what others captured',
    create: 'Let a computer restore what another one captured',
    delete: 'Take that back',
  },
  webhooks: {
    read: 'See webhooks, their addresses, and what was sent to them',
    create: 'Make webhooks',
    modify: 'Change and test webhooks',
    delete: 'Delete webhooks',
  },
  notifications: {
    read: 'See who is told by e-mail of what',
    create: 'Make rules that say who is told by e-mail',
    modify: 'Change such rules',
    delete: 'Delete such rules',
  },
  audit: { read: 'See, verify and export the audit log' },
  accounts: {
    read: 'See accounts and what they may do',
    create: 'Make accounts',
    modify: 'Disable accounts, reset passwords, remove second factors, end sessions, give and take roles',
    delete: 'Delete accounts',
  },
  'identity-providers': {
    read: 'See identity providers',
    create: 'Trust identity providers, with every other right',
    modify: 'Change identity providers, with every other right',
    delete: 'Delete identity providers',
  },
  roles: { read: 'See roles', create: 'Make roles', modify: 'Change roles', delete: 'Delete roles' },
  'security-scopes': {
    read: 'See security scopes',
    create: 'Make security scopes',
    modify: 'Put objects into security scopes and take them out',
    delete: 'Delete security scopes',
  },
} as const satisfies Record<string, Readonly<Record<string, string>>>;

export type ObjectType = keyof typeof operations;

/**
 * What limits a person to some objects of a kind: the security scopes that the object is in; the collections that the device is in;
 * both; nothing. `site`: it concerns everything, so only a role that was given without limits counts.
 */
export const limitedBy = {
  site: 'site',
  jobs: 'nothing',
  images: 'scope',
  packages: 'scope',
  content: 'nothing',
  'boot-images': 'scope',
  applications: 'scope',
  'task-sequences': 'scope',
  devices: 'collection',
  clients: 'collection',
  collections: 'collection',
  deployments: 'both',
  runs: 'collection',
  // Their rows are limited, by the permissions on what is in them.
  reports: 'nothing',
  'recovery-keys': 'collection',
  'state-stores': 'collection',
  'device-associations': 'collection',
  boundaries: 'nothing',
  'boundary-groups': 'nothing',
  // They hold what belongs to every scope.
  'distribution-points': 'site',
  webhooks: 'site',
  notifications: 'site',
  audit: 'site',
  accounts: 'site',
  'identity-providers': 'site',
  roles: 'site',
  'security-scopes': 'site',
} as const satisfies Record<ObjectType, 'scope' | 'collection' | 'both' | 'nothing' | 'site'>;

/** The kinds of objects of which an account may have a part. */
export type LimitedType = {
  [T in ObjectType]: (typeof limitedBy)[T] extends 'scope' | 'collection' | 'both' ? T : never;
}[ObjectType];

/** The kinds of objects that security scopes hold. */
export const ScopedType = z.enum(['task-sequences', 'images', 'packages', 'boot-images', 'applications', 'deployments']);
export type ScopedType = z.output<typeof ScopedType>;
/** `devices.read`: the kind of object, then the operation. */
export type Permission = { [T in ObjectType]: `${T}.${Extract<keyof (typeof operations)[T], string>}` }[ObjectType];

// Safe: the names are made of the table's own keys.
export const permissions = Object.entries(operations).flatMap(([type, each]) => Object.keys(each).map((name) => `${type}.${name}`)) as [
  Permission,
  ...Permission[],
];
export const Permission = z.enum(permissions);

export function objectTypeOf(permission: Permission): ObjectType {
  // Safe: a permission is made of an object type and an operation.
  return permission.slice(0, permission.indexOf('.')) as ObjectType;
}

/** The sentence of the table. */
export function describePermission(permission: Permission): string {
  const each: Readonly<Record<string, string>> = operations[objectTypeOf(permission)];
  return each[permission.slice(permission.indexOf('.') + 1)] ?? '';
}
