/** What a deployment is set to, in words. */
import type { Deployment } from '@ostler/contract';
import type { ApiCommand } from '../command.ts';
import { formatFacts } from '../output.ts';
import { resolveId } from '../resolve.ts';
import { alertThresholdsText } from './alert-options.ts';
import { scheduleText } from './deployment-options.ts';
import { deploymentStateText } from './status-text.ts';

export function deploymentText(deployment: Deployment): string {
  const { id, taskSequenceName, taskSequenceVersion, collectionName, purpose, availableTo, debug, rerun, priority } = deployment;
  return formatFacts({
    id,
    'task sequence': `${taskSequenceName}, ${taskSequenceVersion === null ? 'its newest version' : `version ${taskSequenceVersion}`}`,
    collection: collectionName,
    purpose: debug ? `${purpose}, in debug mode` : purpose,
    'available to': availableTo.replaceAll('-', ' '),
    when: scheduleText(deployment),
    'runs again': rerun.replaceAll('-', ' '),
    priority,
    'outside windows': windowsText(deployment),
    content: deployment.preDownload ? 'fetched by clients before their run' : 'fetched when the run needs it',
    'pauses itself': thresholdText(deployment.failureThreshold),
    'raises alerts': alertThresholdsText(deployment.alerts) ?? 'never',
    state: deploymentStateText(deployment),
    ...(deployment.confirmedBy === null ? {} : { 'confirmed by': deployment.confirmedBy }),
    'made at': deployment.createdAt,
  });
}

function windowsText({ overrideMaintenanceWindows, restartOutsideWindows }: Deployment): string {
  const begins = overrideMaintenanceWindows ? 'begins' : 'does not begin';
  return `${begins} by itself; a computer in use ${restartOutsideWindows ? 'restarts' : 'waits with its restarts'}`;
}

function thresholdText(threshold: Deployment['failureThreshold']): string {
  if (threshold === null) return 'never';
  return `after ${threshold.failures} failed runs, if they are more than ${threshold.percent} % of those that have ended`;
}

export const deploymentShowCommands: readonly ApiCommand[] = [
  {
    words: 'deployment show',
    summary: 'Show what a deployment is set to',
    arguments: ['<deployment>'],
    help: 'How far it is: ostler deployment status. Who gets it, and why or why not: ostler deployment preview.',
    run: async (context, [name = '']) => {
      const id = await resolveId(context, 'deployment', name);
      const deployment = await context.client.call('deployments.get', { params: { id } }, context.signal);
      context.output.result(deployment, () => deploymentText(deployment));
    },
  },
];
