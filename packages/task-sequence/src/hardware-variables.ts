/** The variables that follow from a computer's hardware: the same before a run, for a dry run, as in it (feature map §3.2). */
import type { DeviceFacts } from '@ostler/contract';

const secureBootWords: Readonly<Record<DeviceFacts['secureBoot'], string>> = {
  enabled: 'Enabled',
  disabled: 'Disabled',
  unsupported: 'NA',
};

export function hardwareVariables(facts: DeviceFacts): Readonly<Record<string, string>> {
  return {
    _SMSTSBootUEFI: String(facts.firmware === 'uefi'),
    _TSSecureBoot: secureBootWords[facts.secureBoot],
    _SMSTSMake: facts.manufacturer,
    _SMSTSModel: facts.model,
    _SMSTSSerialNumber: facts.serialNumber,
    _SMSTSAssetTag: facts.assetTag,
    _SMSTSUUID: facts.smbiosUuid ?? '',
    _SMSTSMacAddresses: facts.macAddresses.join(','),
  };
}
