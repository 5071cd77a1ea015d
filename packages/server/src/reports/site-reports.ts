/** Definitions of the reports about computers, content and user state. */
import { contentOfSequence, driverPackages, stateStoreRoom, stateStores } from './content-store.ts';
import { installedCounts, installedOn, modelCounts, systemCounts } from './count-store.ts';
import { defineReport } from './report.ts';

export const siteReports = [
  defineReport({
    name: 'installed-versions',
    title: 'How many computers have which version of which task sequence: by the newest run of each that succeeded',
    parameters: {},
    columns: { taskSequence: ['TASK SEQUENCE', 'text'], version: ['VERSION', 'count'], computers: ['COMPUTERS', 'count'] },
    rows: installedCounts,
  }),
  defineReport({
    name: 'installed-on',
    title: 'Which computer has which version of which task sequence: by its newest run that succeeded',
    parameters: { taskSequence: 'optional' },
    columns: {
      device: ['DEVICE', 'text'],
      taskSequence: ['TASK SEQUENCE', 'text'],
      version: ['VERSION', 'count'],
      model: ['MODEL', 'text'],
      installedAt: ['INSTALLED', 'time'],
      run: ['RUN', 'text'],
    },
    rows: installedOn,
  }),
  defineReport({
    name: 'models',
    title: 'How many computers there are of each model',
    parameters: {},
    columns: { model: ['MODEL', 'text'], computers: ['COMPUTERS', 'count'] },
    rows: modelCounts,
  }),
  defineReport({
    name: 'operating-systems',
    title: 'How many computers have which operating system, as their inventory says',
    parameters: {},
    columns: { system: ['OPERATING SYSTEM', 'text'], computers: ['COMPUTERS', 'count'] },
    rows: systemCounts,
  }),
  defineReport({
    name: 'driver-packages',
    title: 'Driver packages: what they are for, and for how many devices',
    parameters: {},
    columns: {
      name: ['PACKAGE', 'text'],
      manufacturer: ['MANUFACTURER', 'text'],
      model: ['MODEL', 'text'],
      version: ['VERSION', 'text'],
      categories: ['CATEGORIES', 'text'],
      deviceIds: ['DEVICE IDS', 'count'],
      bytes: ['SIZE', 'bytes'],
      id: ['ID', 'text'],
    },
    rows: driverPackages,
  }),
  defineReport({
    name: 'task-sequence-content',
    title: 'The content that a task sequence refers to',
    parameters: { taskSequence: 'required' },
    columns: { kind: ['KIND', 'text'], name: ['NAME', 'text'], bytes: ['SIZE', 'bytes'], id: ['ID', 'text'] },
    rows: (source, { taskSequence }) => contentOfSequence(source, taskSequence),
  }),
  defineReport({
    name: 'user-state',
    title: 'Users’ files and accounts that are kept at the site, or those of one computer',
    parameters: { device: 'optional' },
    columns: {
      device: ['DEVICE', 'text'],
      state: ['STATE', 'text'],
      restoredTo: ['RESTORED TO', 'text'],
      bytes: ['SIZE', 'bytes'],
      capturedAt: ['CAPTURED', 'time'],
      restoredAt: ['RESTORED', 'time'],
      expiresAt: ['EXPIRES', 'time'],
      store: ['STORE', 'text'],
    },
    rows: (source, { device }) => stateStores(source, device),
  }),
  defineReport({
    name: 'user-state-room',
    title: 'How much room user state takes at the site',
    parameters: {},
    columns: { state: ['STATE', 'text'], stores: ['STORES', 'count'], bytes: ['SIZE', 'bytes'] },
    rows: stateStoreRoom,
  }),
];
