/** The task sequences that the wizard generates (feature map §4): ordinary definitions, to be edited. */
import { TaskSequenceDefinition, type GenerateTaskSequence } from '@ostler/contract';
import type { z } from 'zod';
import { installOperatingSystem, setupOperatingSystem } from './parts.ts';

type Template = GenerateTaskSequence['template'];
type Draft = z.input<typeof TaskSequenceDefinition>;

/** Makes the definition that a template describes; parsed, so that it has every default and is as valid as a typed one. */
export function generateTaskSequence(input: GenerateTaskSequence): TaskSequenceDefinition {
  return TaskSequenceDefinition.parse(templates[input.template](input));
}

const templates: Readonly<Record<Template, (input: GenerateTaskSequence) => Draft>> = {
  'install-existing-image': (input) => ({
    name: input.name,
    description: 'Install an existing image',
    steps: [installOperatingSystem('Install Operating System', input), setupOperatingSystem('Setup Operating System', input)],
  }),
  'build-and-capture': (input) => ({
    name: input.name,
    description: 'Build and capture a reference operating system image',
    steps: [
      installOperatingSystem('Build the Reference Machine', input),
      setupOperatingSystem('Setup the Reference Machine', input),
      {
        type: 'group',
        name: 'Capture the Reference Machine',
        steps: [
          { type: 'prepare-os-for-capture', name: 'Prepare Operating System', options: {} },
          { type: 'restart-computer', name: 'Restart in the boot environment', options: { target: 'boot-image' } },
          {
            type: 'capture-operating-system-image',
            name: 'Capture the Reference Machine',
            options: { imageName: input.capturedImageName ?? `${input.name} (captured)` },
          },
        ],
      },
    ],
  }),
};
