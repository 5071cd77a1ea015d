/** Who may do what: roles, security scopes, and the accounts that they are given to. */
import { z } from 'zod';
import { AccountName } from './account.ts';
import { Id, Name, Timestamp } from './common.ts';
import { Permission, ScopedType } from './permission.ts';

const Description = z.string().max(500).default('');

/** The scope of every object that is in no other one. */
export const defaultScopeId = 'default';
/** The role that may do everything. Somebody always has it, without limits. */
export const fullAdministratorRoleId = 'full-administrator';

export const Role = z.strictObject({
  id: Id,
  name: Name,
  description: z.string(),
  /** Part of every site: it cannot be changed, but copied. */
  builtIn: z.boolean(),
  permissions: z.array(Permission),
});
export type Role = z.output<typeof Role>;
export const RoleDefinition = z.strictObject({ name: Name, description: Description, permissions: z.array(Permission).max(1000) });

export const SecurityScope = z.strictObject({ id: Id, name: Name, description: z.string(), builtIn: z.boolean() });
export type SecurityScope = z.output<typeof SecurityScope>;
export const CreateSecurityScope = z.strictObject({ name: Name, description: Description });
export const ScopedObject = z.strictObject({ type: ScopedType, id: Id });
export type ScopedObject = z.output<typeof ScopedObject>;
export const ScopedObjectParams = z.strictObject({ id: Id, type: ScopedType, objectId: Id });

/** A role that an account has, and on what. Null: on everything. */
export const Assignment = z.strictObject({
  roleId: Id,
  /** Security scopes of the objects. */
  scopeIds: z.array(Id).max(1000).nullable(),
  /** Collections of the devices; those that are limited by them belong to it. */
  collectionIds: z.array(Id).max(1000).nullable(),
});
export type Assignment = z.output<typeof Assignment>;

export const Account = z.strictObject({
  id: Id,
  name: AccountName,
  disabled: z.boolean(),
  /** The one-time password has not been changed yet. */
  mustChangePassword: z.boolean(),
  /** Its sign-in asks for a code. */
  secondFactor: z.boolean(),
  /** It signs in with this provider, and has no password. */
  identityProviderId: Id.nullable(),
  assignments: z.array(Assignment),
  createdAt: Timestamp,
});
export type Account = z.output<typeof Account>;
const Assignments = z.array(Assignment).max(100);
export const CreateAccount = z.strictObject({
  name: AccountName,
  assignments: Assignments.default([]),
  /** The account is whoever signs in there first under its name, and for ever then. */
  identityProviderId: Id.nullable().default(null),
});
export type CreateAccount = z.output<typeof CreateAccount>;
export const UpdateAccount = z.strictObject({ disabled: z.boolean().optional(), assignments: Assignments.optional() });
/** The password is shown once, and must be changed at the first sign-in. */
export const OneTimePassword = z.strictObject({ password: z.string() });
export const SessionParams = z.strictObject({ id: Id, sessionId: Id });
/** Null for one that signs in with a provider. */
export const CreatedAccount = z.strictObject({ account: Account, password: z.string().nullable() });

/** A permission and where it holds. Null: everywhere. Several lines of one permission add up. */
export const EffectiveRight = z.strictObject({
  permission: Permission,
  scopeIds: z.array(Id).nullable(),
  collectionIds: z.array(Id).nullable(),
});
export type EffectiveRight = z.output<typeof EffectiveRight>;
export const MayI = z.strictObject({
  permission: Permission,
  /** The object; null asks about any at all. */
  objectId: Id.nullable().default(null),
});
export const MayIAnswer = z.strictObject({ allowed: z.boolean(), reason: z.string() });
