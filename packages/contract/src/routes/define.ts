/** How a route is described: the one source of the server's handlers, the OpenAPI document and the client's types. */
import type { z } from 'zod';
import type { Permission } from '../nouns/permission.ts';

/**
 * Who may call: anyone; a machine with its per-device key; any signed-in person or API token, about nothing but
 * themselves; a person or API token with this permission.
 */
export type Access = 'public' | 'agent' | 'signed-in' | { readonly permission: Permission };
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
  /** Largest body, where the usual limit is too small. */
  readonly bodyLimitBytes?: number;
}

/** A route whose body or answer is a stream, so that it stands beside the typed ones: documented here, written by hand there. */
export interface StreamRouteDefinition {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'PATCH' | 'POST';
  readonly path: string;
  readonly access: Access;
  readonly tag: string;
  readonly summary: string;
  readonly contentType: string;
}
