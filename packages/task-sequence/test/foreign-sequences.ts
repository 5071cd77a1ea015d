/** Sequences as Configuration Manager and MDT export them, and zips around them. */
import { deflateRawSync } from 'node:zlib';

export const variable = (name: string, value: string, property = name): string =>
  `<variable name="${name}" property="${property}">${value}</variable>`;

export function step(
  type: string,
  name: string,
  values: string,
  more: { attributes?: string; condition?: string; action?: string } = {},
): string {
  const { attributes = '', condition = '', action = '' } = more;
  return `<step type="${type}" name="${name}" description="" runIn="WinPEandFullOS" successCodeList="0 3010" ${attributes}>
    <action>${action}</action>${condition}<defaultVarList>${values}</defaultVarList></step>`;
}

export const sequence = (inside: string, attributes = 'version="3.10"'): string => `<sequence ${attributes}>${inside}</sequence>`;

export const variableIs = (name: string, operator: string, value?: string): string =>
  `<expression type="SMS_TaskSequence_VariableConditionExpression"><variable name="Operator">${operator}</variable>${
    value === undefined ? '' : `<variable name="Value">${value}</variable>`
  }<variable name="Variable">${name}</variable></expression>`;

const image = 'ABC00012';
export const partitions = [
  ['Partitions', '2'],
  ['Partitions0Type', 'EFI'],
  ['Partitions0FileSystem', 'FAT32'],
  ['Partitions0Size', '512'],
  ['Partitions0SizeUnits', 'MB'],
  ['Partitions1Type', 'Primary'],
  ['Partitions1FileSystem', 'NTFS'],
  ['Partitions1Size', '100'],
  ['Partitions1SizeUnits', 'Percent'],
  ['Partitions1VolumeName', 'Windows'],
  ['Partitions1VolumeLetterVariable', 'OSDISK'],
]
  .map(([property = '', value = '']) => variable(`OSD${property}`, value, property))
  .join('');

/** A bare-metal deployment with a domain join, an MSI and a reference to everything that needs one. */
export const bareMetal = sequence(`
<referenceList><reference package="${image}"/></referenceList>
<globalVarList>${variable('SiteCity', 'Berlin')}${variable('OSDJoinPassword', 'S3cret-Join!')}</globalVarList>
<group name="Install Operating System" description="The disk and the image">
  ${step(
    'SMS_TaskSequence_RebootAction',
    'Restart in Windows PE',
    variable('SMSRebootTarget', 'WinPE', 'Target') + variable('SMSRebootTimeout', '60', 'MessageTimeout'),
    {
      condition: `<condition>${variableIs('_SMSTSInWinPE', 'equals', 'false')}</condition>`,
    },
  )}
  ${step(
    'SMS_TaskSequence_PartitionDiskAction',
    'Partition Disk 0 - UEFI',
    variable('OSDDiskIndex', '0', 'DiskIndex') + variable('OSDPartitionStyle', 'GPT', 'PartitionStyle') + partitions,
    {
      condition: `<condition><operator type="and">${variableIs('_SMSTSClientCache', 'notExists')}<operator type="not">${variableIs('_SMSTSBootUEFI', 'notEquals', 'true')}</operator></operator></condition>`,
    },
  )}
  ${step('SMS_TaskSequence_ApplyOperatingSystemAction', 'Apply Operating System', variable('ImagePackageID', image) + variable('OSDImageIndex', '3', 'ImageIndex'))}
  ${step('SMS_TaskSequence_ApplyWindowsSettingsAction', 'Apply Windows Settings', variable('OSDTimeZone', 'W. Europe Standard Time', 'TimeZone') + variable('OSDProductKey', 'AAAAA-BBBBB-CCCCC-DDDDD-EEEEE', 'ProductKey') + variable('OSDLocalAdminPassword', 'Adm1n-Pa55', 'AdminPassword'))}
  ${step('SMS_TaskSequence_ConvertDiskAction', 'Convert Disk to Dynamic', variable('OSDConvertDiskIndex', '0', 'DiskIndex') + variable('SomePassword', 'Adm1n-Pa55'))}
</group>
<group name="Setup" continueOnError="true">
  ${step('SMS_TaskSequence_SetupWindowsAndSMSAction', 'Setup Windows and ConfigMgr', variable('_SMSClientPackageID', 'ABC00002', 'ClientPackageID'))}
  ${step('SMS_TaskSequence_RunCommandLineAction', 'Write a marker', variable('CommandLine', 'cmd.exe /c echo %SiteCity% &gt; C:\\marker.txt'), { attributes: 'timeout="900" continueOnError="true"' })}
  ${step('SMS_TaskSequence_RunCommandLineAction', 'Join by hand', variable('CommandLine', 'netdom join /userd:x /passwordd:S3cret-Join!'))}
  ${step('SMS_TaskSequence_RunCommandLineAction', 'Typed by hand', variable('CommandLine', 'tool.exe -Password typed-in-clear /quiet'))}
  ${step('SMS_TaskSequence_SetVariableAction', 'Hidden value', variable('VariableName', 'Token') + variable('VariableValue', 'hidden-token-value') + variable('DoNotShowVariableValue', 'true'), { action: 'tsenv.exe "Token=hidden-token-value" /hiddenflag:True' })}
  ${step('SMS_TaskSequence_SetVariableAction', 'Plain value', variable('VariableName', 'Role') + variable('VariableValue', 'kiosk &amp; wall'))}
</group>`);

export const secretsOfBareMetal = /S3cret-Join|Adm1n-Pa55|AAAAA-BBBBB|typed-in-clear|hidden-token-value/;

/** As MDT keeps it on the deployment share. */
export const mdtSequence = `<?xml version="1.0"?>
<sequence version="3.00" name="Standard Client" description="A complete client">
  <globalVarList><variable name="OSGUID" property="OSGUID">{11111111-2222-3333-4444-555555555555}</variable></globalVarList>
  <group expand="true" name="Preinstall" description="" disable="false" continueOnError="false">
    <action />
    <condition><operator type="and">${variableIs('PHASE', 'equals', 'PREINSTALL')}</operator></condition>
    <step type="BDD_Gather" name="Gather local only" disable="false" successCodeList="0 3010">
      <defaultVarList><variable name="GatherLocalOnly" property="GatherLocalOnly">true</variable></defaultVarList>
      <action>cscript.exe "%SCRIPTROOT%\\ZTIGather.wsf"</action>
    </step>
    <step name="Configure" disable="false" successCodeList="0 3010" startIn=""><action>cscript.exe "%SCRIPTROOT%\\ZTIConfigure.wsf"</action></step>
    <step name="Own tool" disable="true" successCodeList="0 1641" startIn="C:\\Tools"><action>tool.exe /quiet</action></step>
  </group>
  <step type="BDD_InstallOS" name="Install Operating System" disable="false">
    <defaultVarList><variable name="OSGUID" property="OSGUID">{11111111-2222-3333-4444-555555555555}</variable>
      <variable name="DestinationDisk" property="DestinationDisk">0</variable><variable name="DestinationPartition" property="DestinationPartition">2</variable></defaultVarList>
    <action>cscript.exe "%SCRIPTROOT%\\LTIApply.wsf"</action>
  </step>
</sequence>`;

/** How an export describes an object: the sequence is text inside. */
export function exportedObject(name: string, inside: string): string {
  return `<INSTANCE CLASSNAME="SMS_TaskSequencePackage"><PROPERTY NAME="Name" TYPE="string"><VALUE>${name}</VALUE></PROPERTY>
    <PROPERTY NAME="Sequence" TYPE="string"><VALUE><![CDATA[${inside}]]></VALUE></PROPERTY></INSTANCE>`;
}

/** A zip with the files, packed; `lie` puts another unpacked size into the directory. */
export function zip(files: Readonly<Record<string, string | Buffer>>, lie?: number): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const bytes = Buffer.from(content as string);
    const packed = deflateRawSync(bytes);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(8, 8);
    local.writeUInt32LE(packed.length, 18);
    local.writeUInt32LE(lie ?? bytes.length, 22);
    local.writeUInt16LE(Buffer.byteLength(name), 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(8, 10);
    central.writeUInt32LE(packed.length, 20);
    central.writeUInt32LE(lie ?? bytes.length, 24);
    central.writeUInt16LE(Buffer.byteLength(name), 28);
    central.writeUInt32LE(offset, 42);
    locals.push(local, Buffer.from(name), packed);
    directory.push(central, Buffer.from(name));
    offset += 30 + Buffer.byteLength(name) + packed.length;
  }
  const directoryBytes = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(files).length, 8);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(directoryBytes.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directoryBytes, end]);
}
