/** How a route is described: the one source of the server's handlers, the OpenAPI document and the client's types. */
import type { z } from 'zod';
import type { LimitedType, Permission } from '../nouns/permission.ts';

/**
 * Where a request names an object: `params.id`, `body.collectionId`. `default-scope`: an object that a job will make, in the
 * default security scope.
 */
export type ObjectReference = `${'params' | 'body'}.${string}` | 'default-scope';

/** What a person needs. */
export interface Need {
  readonly permission: Permission;
  /** The object that it is needed on. A list of several ids: on each. Null: on every object. What is not given is not asked about. */
  readonly on?: ObjectReference;
}

/** What a person needs to call a route, and which items of its answer they may see. */
export interface PermissionAccess extends Need {
  readonly also?: readonly Need[];
  /** The answer is a list: the property of its items that names an object. Items on objects that the person may not see are left out. */
  readonly items?: string | readonly string[];
  /** Where the answer has the id of an object that was made: it comes into the security scopes of who made it. */
  readonly creates?: string;
}

/**
 * Who may call: anyone; a machine with its per-device key; the client of an installed system, or a distribution point, with its own; any
 * signed-in person or API token, about nothing but themselves; a person or API token with this permission.
 */
export type Access = 'public' | 'agent' | 'client' | 'distribution-point' | 'signed-in' | PermissionAccess;
export type AccessKind = Exclude<Access, object> | 'permission';

export function accessKind(access: Access): AccessKind {
  return typeof access === 'object' ? 'permission' : access;
}

export interface RouteDefinition {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With `:name` parameters. */
  readonly path: string;
  readonly access: Access;
  readonly tag: string;
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly answer: z.ZodType;
  /** Of itself every change by a person comes into the audit log. `always`: this too; it shows a secret. `never`: it changes nothing. */
  readonly audit?: 'always' | 'never';
  /** Largest body, where the usual limit is too small. */
  readonly bodyLimitBytes?: number;
}

type OnLimited<A> = A extends { readonly permission: `${LimitedType}.${string}` } ? A : never;
/** What a route lacks that is about one object, or a list of objects, of which an account may have a part. */
type Lack<R> =
  OnLimited<R extends { readonly access: infer A } ? A : never> extends never
    ? never
    : R extends { readonly path: `${string}/:id${string}`; readonly access: infer A }
      ? A extends { readonly on: string }
        ? never
        : 'access.on: which object'
      : R extends { readonly path: `${string}:${string}` }
        ? never
        : R extends { readonly answer: z.ZodObject<{ items: z.ZodType }>; readonly access: infer A }
          ? A extends { readonly items: string | readonly string[] }
            ? never
            : 'access.items: which property'
          : never;

/** The compiler points at a route that does not say which objects it is about. */
export function aboutObjects<T>(table: T & { readonly [N in keyof T]: Lack<T[N]> extends never ? unknown : Lack<T[N]> }): T {
  return table;
}

/** A route whose body or answer is a stream, so that it stands beside the typed ones: documented here, written by hand there. */
export interface StreamRouteDefinition {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'PATCH' | 'POST';
  readonly path: string;
  readonly access: Access;
  readonly tag: string;
  readonly summary: string;
  readonly contentType: string;
  /** It shows a secret, so that each call comes into the audit log. */
  readonly audit?: 'always';
}
