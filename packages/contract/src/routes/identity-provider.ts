/** Identity providers, and signing in with one of them. */
import { ById, Done, listOf } from '../nouns/common.ts';
import { LoginAnswer } from '../nouns/account.ts';
import * as noun from '../nouns/identity-provider.ts';
import { z } from 'zod';
import type { RouteDefinition, StreamRouteDefinition } from './define.ts';

const tag = 'identity-providers';
export const identityProviderRoutes = {
  'identityProviders.list': {
    method: 'GET',
    path: '/api/v1/identity-providers',
    access: { permission: 'identity-providers.read' },
    tag,
    summary: 'Identity providers',
    answer: listOf(noun.IdentityProvider),
  },
  'identityProviders.get': {
    method: 'GET',
    path: '/api/v1/identity-providers/:id',
    access: { permission: 'identity-providers.read' },
    tag,
    summary: 'One identity provider',
    params: ById,
    answer: noun.IdentityProvider,
  },
  'identityProviders.create': {
    method: 'POST',
    path: '/api/v1/identity-providers',
    access: { permission: 'identity-providers.create' },
    tag,
    summary: 'Trust an identity provider to say who somebody is; this needs every right',
    body: noun.CreateIdentityProvider,
    answer: noun.IdentityProvider,
  },
  'identityProviders.update': {
    method: 'PATCH',
    path: '/api/v1/identity-providers/:id',
    access: { permission: 'identity-providers.modify' },
    tag,
    summary: 'Change an identity provider; this needs every right',
    params: ById,
    body: noun.UpdateIdentityProvider,
    answer: noun.IdentityProvider,
  },
  'identityProviders.delete': {
    method: 'DELETE',
    path: '/api/v1/identity-providers/:id',
    access: { permission: 'identity-providers.delete' },
    tag,
    summary: 'Delete an identity provider that no account signs in with',
    params: ById,
    answer: Done,
  },
  'providerSignIn.list': {
    method: 'GET',
    path: '/api/v1/sign-in/providers',
    access: 'public',
    tag,
    summary: 'The names of the identity providers that one can sign in with',
    answer: z.strictObject({ items: z.array(noun.ProviderName) }),
  },
  'providerSignIn.begin': {
    method: 'POST',
    path: '/api/v1/sign-in/providers/:name',
    access: 'public',
    tag,
    summary: 'Begin to sign in with an identity provider; the answer is the address to open in a browser',
    params: noun.ProviderName,
    body: noun.BeginProviderSignIn,
    answer: noun.BegunProviderSignIn,
  },
  'providerSignIn.complete': {
    method: 'POST',
    path: '/api/v1/sign-in/complete',
    access: 'public',
    tag,
    audit: 'always',
    summary: 'Complete it with what the browser brought back; the answer is a session token',
    body: noun.CompleteProviderSignIn,
    answer: LoginAnswer,
  },
} as const satisfies Record<string, RouteDefinition>;

export const identityProviderStreams = {
  'providerSignIn.return': {
    method: 'GET',
    path: '/api/v1/sign-in/return',
    access: 'public',
    tag,
    summary: 'Where an identity provider sends the browser; it goes on to the program that began the sign-in',
    contentType: 'text/plain',
  },
} as const satisfies Record<string, StreamRouteDefinition>;
