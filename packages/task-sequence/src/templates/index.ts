/** The task sequences that the wizard generates (feature map §4): ordinary definitions, to be edited. */
import { GenerateTaskSequence, OstlerError, TaskSequenceDefinition, type TemplateName } from '@ostler/contract';
import type { z } from 'zod';
import { assumedLookups } from '../assumed-lookups.ts';
import { readYaml } from '../read-yaml.ts';
import { validateTaskSequence } from '../validate.ts';
import { imageTemplates } from './image-templates.ts';
import { softwareTemplates } from './software-templates.ts';
import type { TemplatesOf } from './template.ts';

const templates: TemplatesOf<TemplateName> = { ...imageTemplates, ...softwareTemplates };

/**
 * Makes the definition that a template describes; parsed, so that it has every default and is as valid as a typed one.
 * @throws OstlerError TEMPLATE_NOT_AVAILABLE where a choice needs a step that would be refused when the sequence is saved
 */
export function generateTaskSequence(choices: GenerateTaskSequence): TaskSequenceDefinition {
  // Safe: the table has, for each template, the function that takes exactly this template's choices.
  const make = templates[choices.template] as (choices: GenerateTaskSequence) => z.input<typeof TaskSequenceDefinition>;
  const definition = TaskSequenceDefinition.parse(make(choices));
  // What the site has is checked when the sequence is saved.
  const found = validateTaskSequence(definition, assumedLookups(definition)).map(({ where, problem }) => `${where}: ${problem}`);
  if (found.length === 0) return definition;
  throw new OstlerError('TEMPLATE_NOT_AVAILABLE', { template: choices.template, problems: found.join('; ') });
}

/**
 * Reads choices as people write them, YAML or JSON; what is given beside the text wins. Without a template it is Install Existing Image.
 * @throws OstlerError TEMPLATE_CHOICE_INVALID naming each that is missing, wrong, or of no use to the template
 */
export function parseTemplateChoices(text: string, given: Readonly<Record<string, unknown>>): GenerateTaskSequence {
  const written = readYaml(text, (problem, cause) => invalid('', problem, cause));
  const choices: Record<string, unknown> = {
    template: 'install-existing-image',
    ...(typeof written === 'object' ? written : {}),
    ...given,
  };
  const parsed = GenerateTaskSequence.safeParse(choices);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`));
  throw invalid(String(choices['template']), problems.join('; '));
}

function invalid(template: string, problems: string, cause?: unknown): OstlerError {
  return new OstlerError('TEMPLATE_CHOICE_INVALID', { template, problems }, { cause });
}
