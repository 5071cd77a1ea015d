/** Boundaries and boundary groups. */
import { z } from 'zod';
import * as boundary from '../nouns/boundary.ts';
import { ById, Done, Id, listOf } from '../nouns/common.ts';
import type { RouteDefinition } from './define.ts';

const tag = 'boundaries';
const WithBoundary = z.strictObject({ id: Id, boundaryId: Id });
const WithNeighbour = z.strictObject({ id: Id, neighbourId: Id });

export const boundaryRoutes = {
  'boundaries.list': {
    access: { permission: 'boundaries.read' },
    tag,
    method: 'GET',
    path: '/api/v1/boundaries',
    summary: 'Boundaries',
    answer: listOf(boundary.Boundary),
  },
  'boundaries.get': {
    access: { permission: 'boundaries.read' },
    tag,
    method: 'GET',
    path: '/api/v1/boundaries/:id',
    summary: 'One boundary, with its groups and what it overlaps',
    params: ById,
    answer: boundary.Boundary,
  },
  'boundaries.create': {
    access: { permission: 'boundaries.create' },
    tag,
    method: 'POST',
    path: '/api/v1/boundaries',
    summary: 'Make a boundary of a subnet or a range of addresses',
    body: boundary.CreateBoundary,
    answer: boundary.Boundary,
  },
  'boundaries.delete': {
    access: { permission: 'boundaries.delete' },
    tag,
    method: 'DELETE',
    path: '/api/v1/boundaries/:id',
    summary: 'Delete a boundary that no group has',
    params: ById,
    answer: Done,
  },
  'boundaryGroups.list': {
    access: { permission: 'boundary-groups.read' },
    tag,
    method: 'GET',
    path: '/api/v1/boundary-groups',
    summary: 'Boundary groups',
    answer: listOf(boundary.BoundaryGroup),
  },
  'boundaryGroups.get': {
    access: { permission: 'boundary-groups.read' },
    tag,
    method: 'GET',
    path: '/api/v1/boundary-groups/:id',
    summary: 'One boundary group',
    params: ById,
    answer: boundary.BoundaryGroup,
  },
  'boundaryGroups.create': {
    access: { permission: 'boundary-groups.create' },
    tag,
    method: 'POST',
    path: '/api/v1/boundary-groups',
    summary: 'Make a boundary group',
    body: boundary.CreateBoundaryGroup,
    answer: boundary.BoundaryGroup,
  },
  'boundaryGroups.update': {
    access: { permission: 'boundary-groups.modify' },
    tag,
    method: 'PATCH',
    path: '/api/v1/boundary-groups/:id',
    summary: 'Change a boundary group: what it is for, and what unknown computers get there',
    params: ById,
    body: boundary.UpdateBoundaryGroup,
    answer: boundary.BoundaryGroup,
  },
  'boundaryGroups.delete': {
    access: { permission: 'boundary-groups.delete' },
    tag,
    method: 'DELETE',
    path: '/api/v1/boundary-groups/:id',
    summary: 'Delete a boundary group that is no neighbour of another one',
    params: ById,
    answer: Done,
  },
  'boundaryGroups.addBoundary': {
    access: { permission: 'boundary-groups.modify' },
    tag,
    method: 'PUT',
    path: '/api/v1/boundary-groups/:id/boundaries/:boundaryId',
    summary: 'Put a boundary into the group',
    params: WithBoundary,
    answer: boundary.BoundaryGroup,
  },
  'boundaryGroups.removeBoundary': {
    access: { permission: 'boundary-groups.modify' },
    tag,
    method: 'DELETE',
    path: '/api/v1/boundary-groups/:id/boundaries/:boundaryId',
    summary: 'Take a boundary out of the group',
    params: WithBoundary,
    answer: boundary.BoundaryGroup,
  },
  'boundaryGroups.setNeighbour': {
    access: { permission: 'boundary-groups.modify' },
    tag,
    method: 'PUT',
    path: '/api/v1/boundary-groups/:id/neighbours/:neighbourId',
    summary: 'Let the group fall back to another one, one way',
    params: WithNeighbour,
    body: z.strictObject({ fallbackMinutes: boundary.FallbackMinutes }),
    answer: boundary.BoundaryGroup,
  },
  'boundaryGroups.removeNeighbour': {
    access: { permission: 'boundary-groups.modify' },
    tag,
    method: 'DELETE',
    path: '/api/v1/boundary-groups/:id/neighbours/:neighbourId',
    summary: 'End the relationship',
    params: WithNeighbour,
    answer: boundary.BoundaryGroup,
  },
  'boundaryGroups.explain': {
    access: { permission: 'boundary-groups.read' },
    tag,
    method: 'GET',
    path: '/api/v1/boundary-groups/explain',
    summary:
      'Which groups a computer with this address is in, what it gets while it is unknown, and where its content comes from, in order and why',
    query: z.strictObject({ address: z.union([z.ipv4(), z.ipv6()]) }),
    answer: boundary.LocationExplanation,
  },
} as const satisfies Record<string, RouteDefinition>;
