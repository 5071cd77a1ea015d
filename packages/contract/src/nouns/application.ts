/** Applications: a package with what says whether it is there, may be there, and what belongs to it (feature map §2.4, Install Application). */
import { z } from 'zod';
import { Id, Name, Timestamp } from './common.ts';
import { Condition } from './condition.ts';

/** What people write; YAML and JSON are the same document. */
export const ApplicationDefinition = z.strictObject({
  name: Name,
  version: z.string().max(100).default(''),
  description: z.string().max(2000).default(''),
  /** The package that installs it. */
  packageId: Id,
  /** For the shell: what follows a script's name, or the line to run among an archive's files. */
  arguments: z.string().max(4000).default(''),
  /** Holds where the application is installed: asked before, to leave out what is there, and after, to prove it. */
  detection: Condition.optional(),
  /** A line for the shell instead, or besides: exit code 0 where the application is installed. */
  detectionCommand: z.string().max(4000).default(''),
  /** Holds where the application may be installed. */
  requirements: Condition.optional(),
  /** Applications that have to be there before. */
  dependencies: z.array(Id).max(50).default([]),
  /** Older applications that this one takes the place of; with `uninstall`, they are removed before. */
  supersedes: z
    .array(z.strictObject({ applicationId: Id, uninstall: z.boolean().default(false) }))
    .max(50)
    .default([]),
  /** A line for the shell that removes it. */
  uninstallCommand: z.string().max(4000).default(''),
  successCodes: z.array(z.number().int()).min(1).max(50).default([0, 3010]),
  /** A variable may name it in an Install Application step that installs a list. */
  allowedInLists: z.boolean().default(true),
});
export type ApplicationDefinition = z.output<typeof ApplicationDefinition>;

export const Application = ApplicationDefinition.extend({ id: Id, createdAt: Timestamp, updatedAt: Timestamp });
export type Application = z.output<typeof Application>;
