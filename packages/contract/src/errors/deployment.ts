/** Errors of the area: devices, task sequences as stored, deployments, runs. */
import type { ErrorEntry } from './entry.ts';

export const deploymentErrors = {
  TASK_SEQUENCE_INVALID: {
    status: 422,
    text: 'The task sequence {name} cannot be saved: {problems}',
    hint: 'Correct each step that is named.',
  },
  TASK_SEQUENCE_CHANGED: {
    status: 409,
    text: 'The task sequence {name} was saved by {savedBy} at {savedAt} as version {version}; this change was made from version {baseVersion}.',
    hint: 'Compare with `ostler task-sequence diff`, take over what was changed meanwhile, and save on top of the newest version.',
  },
  DEVICE_ID_TAKEN: {
    status: 409,
    text: 'The {kind} {value} belongs to the device {name} already.',
    hint: 'Change or delete that device, or add the id to the site’s list of ids to disregard when many computers share it.',
  },
  DEVICE_ID_DISREGARDED: {
    status: 422,
    text: 'The {kind} {value} identifies no computer: the site disregards it, because many computers share it.',
    hint: 'Give another id.',
  },
  SERIAL_NUMBER_DISREGARDED: {
    status: 422,
    text: 'The serial number {value} identifies no computer: it has fewer than four letters and digits, or is what makers leave in.',
    hint: 'Give another id, or leave the serial number out.',
  },
  DEVICE_LIST_CHANGED: {
    status: 400,
    text: 'The page {after} is not one of a list in this order.',
    hint: 'Begin again without it.',
  },
  DEVICE_INVENTORY_NONE: {
    status: 404,
    text: 'The device {name} has not reported its inventory yet.',
    hint: 'It does when it next starts the boot environment and is admitted.',
  },
  DEVICE_RUNNING: { status: 409, text: 'The device {name} is being deployed.', hint: 'Cancel its run first, or wait for its end.' },
  DEPLOYMENT_CANNOT_START: {
    status: 422,
    text: 'The task sequence {name} cannot be deployed: {reason}.',
    hint: 'Give --available-to clients, or let another task sequence run it with Run Task Sequence after a restart.',
  },
  PRE_DOWNLOAD_USELESS: {
    status: 422,
    text: 'Computers cannot fetch the content of {name} before their run: {reason}.',
    hint: 'Clients fetch it, onto the disk that they run from: make it available to them, and deploy a sequence that keeps that disk, such as a refresh.',
  },
  DEPLOYMENT_NOT_OFFERED: {
    status: 409,
    text: 'The deployment {id} is not offered to this computer.',
    hint: 'It may have been disabled or deleted meanwhile. Restart the computer.',
  },
  DEPLOYMENT_INCOMPLETE: {
    status: 409,
    text: '{name} cannot be deployed now: {missing}.',
    hint: 'An administrator can bring it back to the site. Try again afterwards.',
  },
  VARIABLE_ANSWER_REFUSED: { status: 422, text: 'The variable {variable} {problem}.' },
  RUN_ENDED: { status: 409, text: 'The run {id} has ended: it is {state}.' },
  RUN_IN_PROGRESS: { status: 409, text: 'The device {name} is being deployed by the run {id} already.' },
  RUN_NOT_ENDED: {
    status: 409,
    text: 'The run {id} has not ended yet.',
    hint: 'Cancel it first, or pause it.',
  },
  RUN_RETRY_REFUSED: {
    status: 403,
    text: 'The run {id} cannot be retried at the computer: {problem}.',
    hint: 'An administrator can let it go on: ostler run restart.',
  },
  RUN_STEP_NOT_FOUND: {
    status: 404,
    text: 'The run {id} has no step {step}.',
    hint: 'Give the name of a step or group, or its place: 2.1 is the first in the second group.',
  },
  RUN_STEP_AMBIGUOUS: {
    status: 409,
    text: 'Several steps of the run {id} are called {step}: {places}.',
    hint: 'Give the place instead of the name.',
  },
  DEBUG_OFF: {
    status: 409,
    text: 'The run {id} has no debugger.',
    hint: '`ostler debug stop` stops it before its next step and gives it one.',
  },
  DEBUG_COMMAND_PENDING: {
    status: 409,
    text: 'The run {id} has been told to {command} at the stop {stop} already, and has not taken it yet.',
    hint: '`ostler debug show` says when it has.',
  },
  DEBUG_COMMAND_REFUSED: {
    status: 409,
    text: 'The run {id} has refused "{command}": {problem}',
    hint: 'Look where it is with `ostler debug show`, then tell it again.',
  },
  RUN_NOT_FINISHED: { status: 409, text: 'The journal of the run {id} does not say that it has ended.' },
  RUN_LOG_OFFSET: { status: 409, text: 'The log of the run has {actual} bytes; a piece from byte {offset} on does not fit.' },
  RUN_LOG_FULL: { status: 413, text: 'The log of the run has reached {limitBytes} bytes; the rest is not kept.' },
  SECRET_SEAL_BROKEN: {
    status: 500,
    text: 'A secret value of {owner} cannot be opened with the site’s key.',
    hint: 'It was changed in the database, or the site’s key is not the one it was sealed with. Set the value again, or restore a backup.',
  },
} as const satisfies Record<string, ErrorEntry>;
