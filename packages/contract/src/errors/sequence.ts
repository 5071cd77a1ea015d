/** Errors of task sequences: definitions and runs. */
import type { ErrorEntry } from './entry.ts';

export const sequenceErrors = {
  SEQUENCE_INVALID: {
    status: 422,
    text: 'The task sequence {name} cannot be saved: {problems}',
    hint: 'Mend what is named, then save again.',
  },
  SEQUENCE_IMPORT_INVALID: {
    status: 422,
    text: '{fileName} cannot be imported: {problem}',
    hint: 'Export the task sequence again, from Configuration Manager as XML or zip, from MDT its ts.xml, and import that file.',
  },
  SEQUENCE_IMPORT_AMBIGUOUS: {
    status: 422,
    text: '{fileName} holds several task sequences: {names}.',
    hint: 'Name the one that is meant, with --sequence.',
  },
  TEMPLATE_NOT_AVAILABLE: {
    status: 422,
    text: 'The template {template} cannot be used with these choices yet: {problems}.',
    hint: 'Leave that choice out, or take another template.',
  },
  TEMPLATE_CHOICE_INVALID: {
    status: 422,
    text: 'The choices for the template {template} are not right: {problems}.',
    hint: 'What each template asks for is in the guide, under Task sequences.',
  },
  SEQUENCE_NOT_YAML: { status: 422, text: 'The task sequence is not valid YAML: {problem}' },
  STEP_FAILED: {
    status: 500,
    text: 'The step {step} ended with exit code {exitCode}, which is not one of its success codes ({successCodes}).',
    hint: 'Its output is in the status message and in the log.',
  },
  STEP_TIMED_OUT: {
    status: 500,
    text: 'The step {step} was ended after {minutes} minutes.',
    hint: 'Give it a longer time-out, or 0 for none.',
  },
  STEP_INTERRUPTED: {
    status: 500,
    text: 'The computer or the agent stopped unexpectedly while the step {step} ran, and the step may not be run twice.',
    hint: 'Give the step a retry if it can be run again.',
  },
  STEP_WRONG_ENVIRONMENT: {
    status: 422,
    text: 'The step {step} cannot run in the {environment}.',
    hint: 'Put a Restart Computer or Setup Operating System step before it.',
  },
  STEP_NOT_AVAILABLE: {
    status: 422,
    text: 'The step {step} cannot run: it {reason}.',
    hint: 'Disable the step, then save the task sequence.',
  },
  CONDITION_UNANSWERABLE: {
    status: 422,
    text: 'A condition cannot be answered ({question}): {problem}.',
    hint: 'Change the condition, or put it where it can be answered: what cannot be answered is never taken as false.',
  },
  WQL_INVALID: { status: 422, text: 'The query is wrong at character {position}, near "{near}": {problem}.' },
  WMI_NAMESPACE_UNKNOWN: { status: 422, text: 'There is no WMI namespace {namespace} here; known are {known}.' },
  RUN_TOO_MANY_RESTARTS: {
    status: 500,
    text: 'The computer stopped unexpectedly {count} times in a row at the step {step}; the run ends here.',
    hint: 'Look at what the step does, and at the power supply, memory and disk of the computer; then restart the run.',
  },
  RUN_WRONG_ENVIRONMENT: {
    status: 500,
    text: 'The run goes on in the {expected}, but the computer started the {actual}.',
    hint: 'Check the boot order: after the restart the computer must start from the disk or network as the sequence says.',
  },
  RUN_TOO_LONG: {
    status: 500,
    text: 'The run took longer than its maximum of {minutes} minutes.',
    hint: 'Raise maximumRunTimeMinutes, or 0 for none.',
  },
  CHILD_SEQUENCE_UNAVAILABLE: {
    status: 409,
    text: 'The task sequence {id} that the step {step} runs is missing, disabled, or runs itself.',
    hint: 'Enable or mend that task sequence, or disable the step, then let the deployment run again.',
  },
  RUN_REPEATS_WITHOUT_END: {
    status: 500,
    text: 'The step {step} asked {count} times in a row to be run again after a restart; the run ends here.',
    hint: 'Look at why its work is never finished: SMSTSRetryRequested asks for the same step once more.',
  },
  DEBUG_NOT_WAITING: {
    status: 409,
    text: 'The run does not wait in the debugger: "{command}" was meant for the stop {at}.',
    hint: 'Look where it is, and tell it again when it waits.',
  },
  DEBUG_STOP_PASSED: {
    status: 409,
    text: 'The run waits at the stop {stop} of its debugger: "{command}" was meant for the stop {at} and has not been done.',
    hint: 'Somebody else has moved it. Look where it is, then tell it again.',
  },
  DEBUG_STEP_NOT_FOUND: { status: 404, text: 'The task sequence of the run has no step at the place {place}.' },
  VARIABLE_NAME_INVALID: {
    status: 422,
    text: 'The variable name "{variable}" is not valid: 1 to 256 letters, digits, _ and -, beginning with a letter or _.',
  },
  VARIABLE_READ_ONLY: { status: 422, text: 'The variable {variable} is read-only: names that begin with _ belong to the engine.' },
  VARIABLE_IS_SECRET: {
    status: 403,
    text: 'The variable {variable} is secret.',
    hint: 'Ask for it with: tsenv get --secret NAME. It is masked in everything that is logged.',
  },
  VARIABLE_TOO_LONG: { status: 422, text: 'The value of the variable {variable} has {length} characters; {limit} are allowed.' },
} as const satisfies Record<string, ErrorEntry>;
