/** What is in a WIM file, read from its header and XML without an external program. The contents are checked by wim.ts. */
import { OstlerError } from '@ostler/contract';
import { readWimHeader, readWimResource, type WimHeader } from './wim-header.ts';
import { parseWimXml, xmlLimitBytes, type WimImage } from './wim-xml.ts';

export interface WimFile extends Omit<WimHeader, 'xml' | 'imageCount'> {
  readonly images: readonly WimImage[];
}

/**
 * Reads a whole WIM's description, for import.
 * @throws OstlerError naming the defect: IMAGE_NOT_FOUND, IMAGE_NOT_A_WIM, IMAGE_TRUNCATED, IMAGE_SPLIT, IMAGE_ENCRYPTED,
 * IMAGE_VERSION_UNSUPPORTED, IMAGE_COMPRESSION_UNSUPPORTED, IMAGE_BEING_WRITTEN, IMAGE_XML_INVALID, IMAGE_EMPTY, IMAGE_CORRUPT
 */
export async function readWimFile(path: string): Promise<WimFile> {
  const { xml, imageCount, ...header } = await readWimHeader(path);
  if (header.totalParts > 1) {
    throw new OstlerError('IMAGE_SPLIT', { path, partNumber: header.partNumber, totalParts: header.totalParts });
  }
  if (xml.compressed || xml.sizeBytes === 0 || xml.sizeBytes > xmlLimitBytes) {
    throw new OstlerError('IMAGE_XML_INVALID', { path, problem: `its description has ${xml.sizeBytes} bytes` });
  }
  const images = parseWimXml(await readWimResource(path, xml), path);
  if (images.length !== imageCount) {
    throw new OstlerError('IMAGE_CORRUPT', { path, problem: `its header counts ${imageCount} images, its description ${images.length}` });
  }
  if (images.length === 0) throw new OstlerError('IMAGE_EMPTY', { path });
  return { ...header, images };
}
