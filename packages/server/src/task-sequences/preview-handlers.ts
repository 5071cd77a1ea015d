/** What can be said of a definition before it runs anywhere: what is wrong with it, what would run, and what it may be. Nothing is saved. */
import { taskSequenceJsonSchema } from '@ostler/contract';
import { dryRun, expandChildren, hardwareVariables, taskSequenceWarnings, validateTaskSequence, type Problem } from '@ostler/task-sequence';
import { mergedVariables } from '../agent-api/assignment.ts';
import type { SecretSeal } from '../sealing/secret-seal.ts';
import { getDevice } from '../devices/store.ts';
import type { HandlersOf } from '../http/handlers.ts';
import { findChildren } from './children.ts';
import { getTaskSequence } from './store.ts';
import { siteLookups, type SiteKnowledge } from './site-lookups.ts';

type PreviewCalls = 'taskSequences.validate' | 'taskSequences.dryRun' | 'taskSequences.schema';

export function previewHandlers({
  sql,
  catalogue,
  seal,
}: Omit<SiteKnowledge, 'id'> & { readonly seal: SecretSeal }): Pick<HandlersOf<'taskSequences'>, PreviewCalls> {
  return {
    'taskSequences.validate': async ({ body }) => {
      const lookups = await siteLookups(body, { sql, catalogue, id: null });
      const problems = validateTaskSequence(body, lookups).map(asWritable);
      return { problems, warnings: taskSequenceWarnings(body, lookups).map(asWritable) };
    },
    'taskSequences.dryRun': async ({ params, body }) => {
      const sequence = await getTaskSequence(sql, params.id, body.version);
      const device = await getDevice(sql, body.deviceId);
      const { definition } = expandChildren(sequence.definition, await findChildren(sql, sequence.definition), sequence.id);
      const stored = await mergedVariables(sql, { definition, deviceId: device.id }, seal);
      const asked = stored.filter((variable) => variable.asked).map(({ name }) => name);
      const ofHardware = device.facts === null ? {} : hardwareVariables(device.facts);
      const plain = (name: string, value: string) => ({ name, value, secret: false });
      const variables = [
        plain('OSDComputerName', device.name),
        ...(await Promise.all(stored.map(async ({ name, secret, open }) => ({ name, secret, value: secret ? null : await open() })))),
        ...Object.entries({ ...ofHardware, _SMSTSMachineName: device.name }).map(([name, value]) => plain(name, value)),
      ];
      return { steps: dryRun(definition, { variables, asked, device: device.facts }).map((step) => ({ ...step, path: [...step.path] })) };
    },
    'taskSequences.schema': () => Promise.resolve({ ...taskSequenceJsonSchema() }),
  };
}

function asWritable({ path, where, problem }: Problem) {
  return { path: [...path], where, problem };
}
