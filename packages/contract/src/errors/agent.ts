/** Errors of the area: the agent on the target, and the steps that it runs. */
import type { ErrorEntry } from './entry.ts';

export const agentErrors = {
  AGENT_CONFIGURATION_INVALID: {
    status: 500,
    text: 'The agent cannot read {path}: {problem}',
    hint: 'Restart the computer into the boot image; the run goes on from the server.',
  },
  AGENT_REFUSED: { status: 403, text: 'The site refuses this computer: {reason}', hint: 'An administrator can approve the device.' },
  CLIENT_NOT_ENROLLED: {
    status: 409,
    text: 'This system has no Ostler client that is enrolled.',
    hint: 'An administrator of the site has the command for it: ostler client install-script --help',
  },
  CLIENT_KEY_ENDED: {
    status: 401,
    text: 'The site {server} does not know the client of this computer any more.',
    hint: 'Its device was blocked, deleted or deployed anew, or an administrator ended its key. Install the client again: ostler client install-script --help',
  },
  CLIENT_DEPLOYMENT_UNKNOWN: {
    status: 404,
    text: 'No deployment with the name or id {name} is offered to this computer.',
    hint: '`ostler-client list` shows what is.',
  },
  CLIENT_NEEDS_ROOT: { status: 403, text: 'Only root may use the client of this computer.', hint: 'Use sudo.' },
  CLIENT_PROGRAM_REFUSED: {
    status: 500,
    text: 'The program that the site sent for the client is not the one that it named: {actual} instead of {expected}.',
    hint: 'It is fetched again at the next poll.',
  },
  SECRET_UNREADABLE: {
    status: 500,
    text: 'A secret in the journal of this run cannot be read.',
    hint: 'Let the deployment run again.',
  },
  VARIABLE_NOT_SET: { status: 422, text: 'The variable {variable} is not set; {purpose}.' },
  TPM_MISSING: {
    status: 422,
    text: 'This computer has no TPM 2.0 that can be used.',
    hint: 'Turn it on in the firmware, or let Enable Disk Encryption use no protector.',
  },
  USER_STATE_OTHER_VOLUME: {
    status: 422,
    text: 'The user state in {folder} is on another volume than its store {store}, so it cannot be kept by hard links.',
    hint: 'Keep that volume as it is, or let Capture User State copy.',
  },
  USER_STATE_STORE_UNSUITABLE: {
    status: 422,
    text: 'The user state cannot be kept in {store}: {problem}.',
    hint: 'Set OSDStateStorePath to a folder of its own, or leave it out.',
  },
  USER_STATE_STORE_MISSING: {
    status: 422,
    text: 'There is no complete user state in {store}.',
    hint: 'Put Capture User State before the operating system is applied, and let the step that partitions the disk be skipped.',
  },
  PACKAGE_IS_DRIVERS: {
    status: 422,
    text: 'The package {package} is a driver package, which cannot be installed like a program.',
    hint: 'Use Apply Driver Package.',
  },
  PACKAGE_HAS_NO_DRIVERS: {
    status: 422,
    text: 'The package {package} is not a driver package.',
    hint: 'Create it with: ostler package create FILE --drivers',
  },
  TARGET_NOT_READY: {
    status: 422,
    text: 'There is no operating system to work on yet: {missing}.',
    hint: 'Put Format and Partition Disk and Apply Operating System Image before this step.',
  },
  DESTINATION_NOT_FOUND: {
    status: 422,
    text: 'There is no place for the image: {problem}.',
    hint: 'Change the destination of the step, or the partitions of Format and Partition Disk.',
  },
  DESTINATION_UNSUITABLE: {
    status: 422,
    text: 'The image cannot be applied to {path}: {problem}.',
    hint: 'Choose another partition or file system.',
  },
  STAGING_SPACE: {
    status: 507,
    text: 'There is no room for {needed} while {purpose}: {found}.',
    hint: 'Make a partition larger, or add one.',
  },
  ASSIGNMENT_INCOMPLETE: {
    status: 409,
    text: 'The {kind} {id} that the step uses is not on the site any more.',
    hint: 'Change the task sequence.',
  },
  CAPTURE_SOURCE_MISSING: {
    status: 422,
    text: 'There is nothing to capture: {problem}.',
    hint: 'Restart the reference computer into the boot image before this step, and leave its disk as it is.',
  },
  CAPTURE_SOURCE_UNCLEAR: {
    status: 422,
    text: 'What to capture from is not clear: {problem}.',
    hint: 'Name the partition of the system in the step (systemPartition), or capture in the running system.',
  },
  INTERPRETER_MISSING: {
    status: 422,
    text: 'The script cannot run: there is no {interpreter} ({program}) {where}.',
    hint: 'Install it before this step, add it to the boot image, or write the script for sh.',
  },
  RUN_AS_NOT_POSSIBLE: {
    status: 422,
    text: 'Nothing can run as {account} in the boot environment.',
    hint: 'Run it in the installed system, or inside the applied one (inTarget).',
  },
  PACKAGE_NEEDS_COMMAND: {
    status: 422,
    text: 'The package {package} is an archive, and the step does not say what to run in it.',
    hint: 'Give the line to run as arguments, for example ./install.sh.',
  },
  PACKAGE_PROGRAM_MISSING: {
    status: 422,
    text: 'The package {package} has no program {program}.',
    hint: 'See its programs with: ostler package show PACKAGE',
  },
  PACKAGE_PROGRAM_NOT_FOR_COMPUTER: {
    status: 422,
    text: 'The program {program} of the package {package} is not for this computer: {requirements}',
    hint: 'Give the step a condition, or the program other requirements.',
  },
  PACKAGE_PROGRAM_FAILED: {
    status: 422,
    text: 'The program {program} of the package {package} ended with exit code {exitCode}. {output}',
    hint: 'If that is no failure, add the code to the program’s success codes: ostler package set PACKAGE --programs FILE',
  },
  INSTALLATION_FAILED: {
    status: 500,
    text: 'Of {total} {kind} these were not installed: {names}.',
    hint: 'Their output is in the log of the run.',
  },
  FOLDER_NOT_ABSOLUTE: { status: 422, text: 'The folder {path} is not an absolute path.', hint: 'Begin it with /.' },
  UPDATES_NOT_POSSIBLE: { status: 422, text: 'This system has no package program that Ostler can update it with (apt-get or dnf).' },
  NETWORK_FOLDER_PATH: {
    status: 422,
    text: '{path} is not a network folder.',
    hint: String.raw`Write //server/share or \\server\share for SMB, server:/folder for NFS.`,
  },
  NETWORK_FOLDER_PROGRAM_MISSING: {
    status: 422,
    text: 'The network folder cannot be connected: there is no {program} here.',
    hint: 'Install cifs-utils (SMB) or nfs-common (NFS) in the system, or add it to the boot image.',
  },
  DOMAIN_PROGRAM_MISSING: {
    status: 422,
    text: 'The computer cannot join {domain}: there is no realm program.',
    hint: 'Install realmd, adcli, sssd, libnss-sss and libpam-sss before this step.',
  },
  UNINSTALL_FAILED: { status: 500, text: 'The application {application} could not be removed (exit code {exitCode}): {output}' },
  TSENV_NO_STEP: {
    status: 409,
    text: 'There is no step that listens.',
    hint: 'tsenv works in programs that a step of a task sequence starts.',
  },
  RESTART_NOT_POSSIBLE: { status: 500, text: 'The computer cannot be restarted: {problem}' },
} as const satisfies Record<string, ErrorEntry>;
