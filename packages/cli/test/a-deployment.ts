/** For tests of what the command line says of deployments. */
import { DeploymentSchedule, type Deployment } from '@ostler/contract';

/** Required, made a moment ago, on. */
export const aDeployment: Deployment = {
  id: 'deployment-1',
  taskSequenceId: 'sequence-1',
  taskSequenceName: 'Install',
  taskSequenceVersion: null,
  collectionId: 'collection-1',
  collectionName: 'Lab',
  purpose: 'required',
  availableTo: 'media-and-network-boot',
  paused: null,
  failureThreshold: null,
  alerts: { success: null, failure: null },
  debug: false,
  schedule: DeploymentSchedule.parse({}),
  rerun: 'never',
  overrideMaintenanceWindows: false,
  restartOutsideWindows: false,
  preDownload: false,
  priority: 'normal',
  obstacle: null,
  confirmedBy: null,
  createdAt: '2026-12-01T19:00:00.000Z',
};
