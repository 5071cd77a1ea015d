/** The ids of this computer's devices as the kernel writes them for its drivers: `pci:v00008086d…`, `usb:v0BDAp…`, `acpi:…`. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Sorted, each once. @param root `/`, or a folder that looks like it */
export async function listDeviceIds(root: string): Promise<string[]> {
  const buses = join(root, 'sys/bus');
  const ids: string[] = [];
  for (const bus of await readdir(buses).catch(() => [])) {
    const devices = join(buses, bus, 'devices');
    for (const device of await readdir(devices).catch(() => [])) {
      const id = await readFile(join(devices, device, 'modalias'), 'utf8').catch(() => '');
      if (id.trim() !== '') ids.push(id.trim());
    }
  }
  return [...new Set(ids)].toSorted();
}
