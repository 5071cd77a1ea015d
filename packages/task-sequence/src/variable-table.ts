/**
 * The variables of feature map §3.2 as data: what each is for and whether it has an effect here. The reference prints it, and the
 * validation knows every name in it. A name with `N` in its place stands for an array's members: `OSDAdapterN…`.
 */

/** How a variable is used (feature map §3.1). */
export type VariableKind = 'read-only' | 'input' | 'output' | 'control';

export interface KnownVariable {
  readonly name: string;
  readonly kind: VariableKind;
  readonly meaning: string;
  /** `works`, or why it has no effect. */
  readonly status: string;
}

/** What has no effect yet, and why. */
const windows = 'needs the Windows adapter';
const noFeature = {
  suspended: 'has no meaning here: Disable Disk Encryption suspends until Enable Disk Encryption',
  capture: 'images are uploaded to the site, not to a share',
  client: 'has no meaning here: no client software is installed',
  contentLocation: 'has no meaning here: content comes over HTTPS from the site, verified',
  driverCatalogue: 'has no meaning here: driver packages come with the run, and nobody is asked for them',
  managementPoint: 'has no meaning here: there is one server address',
  media: 'waits for boot media',
  peerCache: 'waits for peer caching',
  progress: 'waits for the progress settings of the screen',
  migrationTool: 'belongs to the migration tool of Windows; Capture User State and Restore User State have options',
} as const;

type Row = readonly [name: string, meaning: string, status?: string];

const readinessChecks: readonly Row[] = (
  [
    ['MEMORY', 'the memory'],
    ['SPEED', 'the processor’s speed'],
    ['DISK', 'the disk space'],
    ['ARCH', 'the architecture'],
    ['MINOSVER', 'the lowest version of the operating system'],
    ['MAXOSVER', 'its highest version'],
    ['OSLANGUAGE', 'its language'],
    ['ACPOWER', 'mains power'],
    ['NETWORK', 'a network connection'],
    ['WIRED', 'a wired one'],
    ['TPMENABLED', 'a TPM'],
    ['TPMACTIVATED', 'a TPM 2.0'],
    ['UEFI', 'UEFI'],
  ] as const
).map(([check, what]) => [`_TS_CR${check}`, `Check Readiness, ${what}: 1 passed, 0 failed, not set: not checked`]);

const readOnly: readonly Row[] = [
  ['_SMSTSInWinPE', 'true in the boot environment, false in the installed system'],
  ['_SMSTSBootUEFI', 'true when the firmware is UEFI'],
  ['_TSSecureBoot', 'Enabled, Disabled, or NA without Secure Boot'],
  ['_SMSTSLaunchMode', 'how the run was started: PXE'],
  ['_SMSTSType', '2: a sequence that deploys an operating system'],
  ['_SMSTSPackageID', 'the task sequence’s id'],
  ['_SMSTSPackageName', 'the task sequence’s name'],
  ['_SMSTSAdvertID', 'the deployment’s id'],
  ['_SMSTSBootImageID', 'the boot image’s id'],
  ['_SMSTSMDataPath', 'the folder with the run’s state'],
  ['_SMSTSLogPath', 'the run’s log file'],
  ['_SMSTSUserStatePath', 'the folder that Apply Operating System Image leaves on the volume'],
  ['_OstlerStateStoreID', 'the store at the site that Request State Store was granted, until Release State Store'],
  ['_OstlerStateStorePurpose', 'what it is for: capture or restore'],
  ['_SMSTSClientCache', 'the folder where downloaded content is kept'],
  ['_SMSTSCurrentActionName', 'the step that runs'],
  ['_SMSTSLastActionName', 'the step that ran last; a skipped one does not count'],
  ['_SMSTSLastActionRetCode', 'its exit code; -1 where it had none'],
  ['_SMSTSLastActionSucceeded', 'true or false'],
  ['_SMSTSMachineName', 'the computer’s name on the site'],
  ['_SMSTSOrgName', 'the site’s name'],
  ['_SMSTSMP', 'the server’s address'],
  ['_SMSTSUseSSL', 'true: always'],
  ['_SMSTSMake', 'the manufacturer'],
  ['_SMSTSModel', 'the model'],
  ['_SMSTSSerialNumber', 'the serial number'],
  ['_SMSTSAssetTag', 'the asset tag'],
  ['_SMSTSUUID', 'the SMBIOS UUID'],
  ['_SMSTSMacAddresses', 'the MAC addresses, separated by commas'],
  ['_SMSTSIPAddresses', 'the IP addresses, separated by commas'],
  ['_SMSTSDefaultGateways', 'the default gateways, separated by commas'],
  ['_SMSTSMediaType', 'which media the computer was started from', noFeature.media],
  ['_SMSTSClientGUID', 'the client’s id', noFeature.client],
  ['_SMSTSLastContentDownloadLocation', 'where content came from last', noFeature.contentLocation],
  ['_SMSTSSiteCode', 'the site’s code', 'has no meaning here: a site has a name, _SMSTSOrgName'],
  ['_SMSTSTimezone', 'the site’s time zone', 'has no meaning here: Apply OS Settings has the time zone'],
  ['_SMSTSMPPort', 'the management point’s port', noFeature.managementPoint],
  ['_SMSTSUseCRL', 'whether revocation lists are asked', 'has no meaning here: the site’s certificate authority is pinned'],
  ['_SMSTSUserStarted', 'started by a user in the installed system', noFeature.client],
  ['_SMSTSRunFromDP', 'content is read in place', noFeature.contentLocation],
  ['_SMSTSDownloadOnDemand', 'content is downloaded when a step needs it', noFeature.contentLocation],
  ['_SMSTSOSUpgradeActionReturnCode', 'result of an upgrade in place', windows],
  ['_SMSTSSetupRollback', 'an upgrade was rolled back', windows],
  ['_SMSTSWTG', 'Windows To Go', windows],
  ['_OSDDetectedWinDir', 'the Windows folder that was found', windows],
  ['_OSDDetectedWinDrive', 'its drive', windows],
  ['_OSDMigrateUsmtPackageID', 'the package of the migration tool', noFeature.migrationTool],
  ['_OSDMigrateUsmtRestorePackageID', 'the same for restoring', noFeature.migrationTool],
  ['_TSAppInstallStatus', 'Install Application: Success, Warning, Error, or Undefined'],
  ...readinessChecks,
];

const inputs: readonly Row[] = [
  ['OSDComputerName', 'the computer’s name; by default the one on the site'],
  ['OSDAdapterCount', 'how many OSDAdapterN… are to be read; without it none is'],
  ['OSDAdapterN', 'an adapter’s settings: EnableDHCP, IPAddressList, SubnetMask, Gateways, DNSServerList, DNSDomain, MacAddress, Name'],
  ['OSDDNSDomain', 'the DNS domain'],
  ['OSDDNSSuffixSearchOrder', 'where host names are looked up'],
  ['OSDDiskIndex', 'the disk that is partitioned'],
  ['OSDPartitionStyle', 'GPT or MBR'],
  ['OSDGPTBootDisk', 'the disk gets what UEFI boots from'],
  ['OSDPartitionsN', 'a partition: Type, FileSystem, Size, SizeUnits, VolumeName, VolumeLetterVariable …'],
  ['OSDImageIndex', 'the index of the operating system image'],
  ['OSDDataImageIndex', 'the index of the data image'],
  ['OSDTimeZone', 'the time zone'],
  ['OSDDoNotLogCommand', 'true: the command line is not logged'],
  ['OSDLogPowerShellParameters', 'true: a script’s parameters are logged'],
  ['SMSRebootMessage', 'wins over the message of Restart Computer'],
  ['SMSRebootTimeout', 'wins over the delay of Restart Computer, in seconds'],
  ['OSDBitLockerPIN', 'the PIN of Enable Disk Encryption; wins over the step’s variable'],
  ['OSDBitLockerRecoveryPassword', 'the recovery key of Enable Disk Encryption; without it a random one'],
  ['OSDBitLockerStartupKey', 'the startup key of a volume', windows],
  ['OSDBitLockerRebootCount', 'restarts for which protection is suspended', noFeature.suspended],
  ['OSDBitLockerRebootCountOverride', 'wins over it', noFeature.suspended],
  ['OSDDomainName', 'the domain; Capture Network Settings sets it', 'waits for joining while the settings are applied'],
  ['OSDDomainOUName', 'the organisational unit', 'as OSDDomainName'],
  ['OSDNetworkJoinType', '0 domain, 1 workgroup', 'as OSDDomainName'],
  ['OSDWorkgroupName', 'the workgroup', 'as OSDDomainName'],
  ['OSDJoinType', '0 domain, 1 workgroup; this and the next win over Join Domain or Workgroup'],
  ['OSDJoinDomainName', 'the domain to join'],
  ['OSDJoinDomainOUName', 'the organisational unit'],
  ['OSDJoinAccount', 'the account that joins'],
  ['OSDJoinPassword', 'its password'],
  ['OSDJoinWorkgroupName', 'the workgroup to join'],
  ['OSDJoinSkipReboot', 'true: no restart after joining'],
  ['SMSConnectNetworkFolderPath', 'the folder; this and the next win over Connect To Network Folder'],
  ['SMSConnectNetworkFolderAccount', 'the account for it'],
  ['SMSConnectNetworkFolderPassword', 'its password'],
  ['OSDProductKey', 'the product key', windows],
  ['OSDRegisteredUserName', 'the registered user', 'Capture OS Settings sets it; applying it needs the Windows adapter'],
  ['OSDRegisteredOrgName', 'the registered organisation', windows],
  ['OSDServerLicenseMode', 'how a server is licensed', windows],
  ['OSDServerLicenseConnectionLimit', 'its connections', windows],
  ['OSDLocalAdminPassword', 'the administrator’s password', 'Apply OS Settings names the variable that holds it'],
  ['OSDRandomAdminPassword', 'a random password that nobody knows', 'Apply OS Settings locks the password where no variable is named'],
  ['OSDWindowsSettingsInputLocale', 'the keyboard; wins over Apply OS Settings'],
  ['OSDWindowsSettingsSystemLocale', 'the locale; wins over Apply OS Settings'],
  ['OSDWindowsSettingsUILanguage', 'the display language', windows],
  ['OSDWindowsSettingsUILanguageFallback', 'the display language behind it', windows],
  ['OSDWindowsSettingsUserLocale', 'the user locale', windows],
  ['OSDConfigFileName', 'the answer file', windows],
  ['OSDWipeDestinationPartition', 'the destination is wiped first', 'Apply Data Image has the option'],
  ['TSUEFIDrive', 'a partition for the change from BIOS to UEFI', windows],
  ['OSDAutoApplyDriverBestMatch', 'only the best driver package of each device; false: every one that fits'],
  ['OSDAutoApplyDriverCategoryList', 'the categories that drivers are taken from, separated by commas'],
  ['OSDInstallDriversAdditionalOptions', 'options of the driver installation', windows],
  ['OSDCaptureDestination', 'where the captured image goes', noFeature.capture],
  ['OSDCaptureAccount', 'the account for it', noFeature.capture],
  ['OSDCaptureAccountPassword', 'its password', noFeature.capture],
  ['OSDImageCreator', 'who made the image', noFeature.capture],
  ['OSDImageDescription', 'the image’s description', 'Capture Operating System Image has the option'],
  ['OSDImageVersion', 'the image’s version', noFeature.capture],
  ['OSDKeepActivation', 'the activation survives the capture', windows],
  ['OSDStateStorePath', 'the folder on the disk where user state is kept; Request State Store puts the store at the site there'],
  ['OSDStateFallbackToNAA', 'the other account is tried', 'has no meaning here: a state store takes the key of the run alone'],
  ['OSDStateSMPRetryCount', 'how often the state store is asked once more'],
  ['OSDStateSMPRetryTime', 'seconds in between'],
  ['OSDMigrateMode', 'Simple or Advanced', noFeature.migrationTool],
  ['OSDMigrateConfigFiles', 'rules of the migration', noFeature.migrationTool],
  ['OSDMigrateAdditionalCaptureOptions', 'options of the capture', noFeature.migrationTool],
  ['OSDMigrateAdditionalRestoreOptions', 'options of the restore', noFeature.migrationTool],
  ['OSDMigrateContinueOnLockedFiles', 'locked files are left out', noFeature.migrationTool],
  ['OSDMigrateContinueOnRestore', 'errors of the restore are left out', noFeature.migrationTool],
  ['OSDMigrateSkipEncryptedFiles', 'encrypted files are left out', noFeature.migrationTool],
  ['OSDMigrateEnableVerboseLogging', 'the migration logs everything', noFeature.migrationTool],
  ['OSDMigrateLocalAccounts', 'local accounts are restored', noFeature.migrationTool],
  ['OSDMigrateLocalAccountPassword', 'their password', noFeature.migrationTool],
  ['OSDMigrateComputerName', 'false: Capture OS Settings leaves the name out'],
  ['OSDMigrateRegistrationInfo', 'false: it leaves the registered user out'],
  ['OSDMigrateTimeZone', 'false: it leaves the time zone out'],
  ['OSDMigrateLocale', 'false: it leaves the locale and the keyboard out'],
  ['OSDMigrateAdapterSettings', 'false: Capture Network Settings leaves the adapters out'],
  ['OSDMigrateNetworkMembership', 'false: it leaves the domain out'],
  ['OSDSetupAdditionalUpgradeOptions', 'options of the upgrade', windows],
  ['SetupCompletePause', 'seconds after the upgrade', windows],
  ['SMSClientInstallProperties', 'properties of the client’s installation', noFeature.client],
];

const outputs: readonly Row[] = [
  ['OSDTargetSystemDrive', 'the applied system’s partition'],
  ['OSDTargetSystemRoot', 'the applied system’s folder'],
];

const controls: readonly Row[] = [
  ['SMSTSPostAction', 'a command that is started after the end of the run, whatever its result; not after a cancellation'],
  ['SMSTSRebootRequested', 'HD, WinPE or true: the computer restarts when the step that set it has succeeded'],
  ['SMSTSRetryRequested', 'true, with SMSTSRebootRequested: the same step runs again after the restart, at most 20 times'],
  ['SMSTSRebootDelay', 'seconds before a restart that has no delay of its own'],
  ['SMSTSRebootDelayNext', 'becomes SMSTSRebootDelay after the next restart'],
  ['SMSTSRebootMessage', 'what is shown before a restart that has no message of its own'],
  ['SMSTSMP', 'the management point', noFeature.managementPoint],
  ['SMSTSLanguageFolder', 'the language of the boot environment', 'has no meaning here: it speaks English'],
  ['SMSTSLocalDataDrive', 'where the state is kept', 'has no meaning here: it is kept on the site and on the target’s root'],
  ['SMSTSPreferredAdvertID', 'the deployment that is chosen', noFeature.media],
  ['SMSTSAssignmentsDownloadInterval', 'seconds between questions for the policy', noFeature.managementPoint],
  ['SMSTSAssignmentsDownloadRetry', 'how often it is asked', noFeature.managementPoint],
  ['SMSTSDownloadRetryCount', 'how often a download is tried', 'has no meaning here: downloads go on until the step’s time-out'],
  ['SMSTSDownloadRetryDelay', 'seconds in between', 'as SMSTSDownloadRetryCount'],
  ['SMSTSDownloadProgram', 'another program that downloads', noFeature.contentLocation],
  ['SMSTSDownloadAbortCode', 'its code for giving up', noFeature.contentLocation],
  ['SMSTSDriverRequestResolveTimeOut', 'seconds', noFeature.driverCatalogue],
  ['SMSTSDriverRequestConnectTimeOut', 'seconds', noFeature.driverCatalogue],
  ['SMSTSDriverRequestSendTimeOut', 'seconds', noFeature.driverCatalogue],
  ['SMSTSDriverRequestReceiveTimeOut', 'seconds', noFeature.driverCatalogue],
  ['SMSTSMPListRequestTimeoutEnabled', 'a list of servers is waited for', noFeature.managementPoint],
  ['SMSTSMPListRequestTimeout', 'milliseconds', noFeature.managementPoint],
  ['SMSTSPeerDownload', 'content comes from neighbours', noFeature.peerCache],
  ['SMSTSPeerRequestPort', 'their port', noFeature.peerCache],
  ['SMSTSPreserveContent', 'content is kept for others', noFeature.peerCache],
  ['SMSTSPersistContent', 'content is kept for good', noFeature.peerCache],
  ['SMSTSErrorDialogTimeout', 'seconds that a failure is shown in the boot environment before the computer restarts; 900 without it'],
  ['TSDisableProgressUI', 'the progress is not shown', noFeature.progress],
  ['TSProgressInfoLevel', 'how the progress is counted', noFeature.progress],
  ['TSErrorOnWarning', 'true: an application whose requirements are not met fails Install Application'],
  ['TSDebugMode', 'true: the run begins in the debugger and waits before its first step'],
  ['TSDebugOnError', 'true: a failure that would end the run opens the debugger instead'],
  [
    'SMSTSAssignUsersMode',
    'what becomes of the users in SMSTSUDAUsers when the run has succeeded: Auto, Pending (for approval) or Disabled; the site’s `--user-affinity` may allow less',
  ],
  ['SMSTSUDAUsers', 'who the computer is for, with commas in between: DOMAIN\\anna, ben@example.org; not as a secret variable'],
  ['SMSTSSoftwareUpdateScanTimeout', 'seconds for finding updates', 'the step’s time-out is used instead'],
  ['SMSTSWaitForSecondReboot', 'seconds for a second restart', 'has no meaning here: every restart is survived'],
  ['SMSTSDisableStatusRetry', 'status is not sent again', 'has no meaning here: every status message arrives'],
];

function known(kind: VariableKind, rows: readonly Row[]): KnownVariable[] {
  return rows.map(([name, meaning, status = 'works']) => ({ name, kind, meaning, status }));
}

export const knownVariables: readonly KnownVariable[] = [
  ...known('read-only', readOnly),
  ...known('input', inputs),
  ...known('output', outputs),
  ...known('control', controls),
];

const names = new Set(knownVariables.map(({ name }) => name.toLowerCase()));
const arrays = knownVariables.filter(({ name }) => /[a-z]N$/.test(name)).map(({ name }) => name.slice(0, -1).toLowerCase());

/** Whether the name is in the table, also as a member of one of its arrays: `OSDAdapter0EnableDHCP`. */
export function isKnownVariable(name: string): boolean {
  const key = name.toLowerCase();
  return names.has(key) || arrays.some((base) => key.startsWith(base) && /^\d/.test(key.slice(base.length)));
}
