/** The XML description inside a WIM, from bytes to typed images. It comes from files of unknown origin: size-limited, no entities. */
import { OstlerError } from '@ostler/contract';
import { XMLParser } from 'fast-xml-parser';
import { z } from 'zod';

export interface WimImage {
  readonly index: number;
  readonly name: string;
  readonly description: string | undefined;
  readonly edition: string | undefined;
  /** amd64, arm64, x86 …, in Debian's spelling. */
  readonly architecture: string | undefined;
  readonly osVersion: string | undefined;
  readonly languages: readonly string[];
  /** Of all files, each hard link counted. */
  readonly sizeBytes: number;
  /** The part of sizeBytes that further hard links count again. */
  readonly hardLinkBytes: number;
  readonly fileCount: number;
  readonly directoryCount: number;
  /** ISO 8601 UTC. */
  readonly createdAt: string | undefined;
  readonly modifiedAt: string | undefined;
  readonly family: 'linux' | 'windows' | 'unknown';
}

/** Real ones have some kilobytes an image. */
export const xmlLimitBytes = 8 * 1024 * 1024;

const Text = z.string().optional();
const Count = z
  .string()
  .regex(/^(?:0x[0-9a-f]+|\d+)$/i)
  .transform(Number)
  .default(0);
/** An empty element arrives as an empty text. */
const element = <S extends z.ZodRawShape>(shape: S) =>
  z.preprocess((value) => (value === '' ? undefined : value), z.object(shape).optional());
const FileTime = element({ HIGHPART: Count, LOWPART: Count });
const Image = z.object({
  '@INDEX': z.string().regex(/^\d+$/).transform(Number),
  NAME: Text,
  DISPLAYNAME: Text,
  DESCRIPTION: Text,
  FLAGS: Text,
  DIRCOUNT: Count,
  FILECOUNT: Count,
  TOTALBYTES: Count,
  HARDLINKBYTES: Count,
  CREATIONTIME: FileTime,
  LASTMODIFICATIONTIME: FileTime,
  WINDOWS: element({
    ARCH: Text,
    EDITIONID: Text,
    LANGUAGES: element({ LANGUAGE: z.array(z.string()).default([]) }),
    VERSION: element({ MAJOR: Text, MINOR: Text, BUILD: Text, SPBUILD: Text }),
  }),
  /** Written by captureWimImage. */
  LINUX: element({ ID: Text, VERSION: Text, ARCH: Text, LANGUAGE: Text }),
});
type Image = z.output<typeof Image>;
const Document = z.object({
  WIM: z.preprocess(
    (value) => (value === '' ? {} : value),
    z.object({
      IMAGE: z.array(Image).default([]),
      ESD: z.preprocess((value) => (value === '' ? {} : value), z.looseObject({}).optional()),
    }),
  ),
});

/** PROCESSOR_ARCHITECTURE_… of Windows. */
const windowsArchitectures: Readonly<Record<string, string>> = { '0': 'x86', '5': 'arm', '6': 'ia64', '9': 'amd64', '12': 'arm64' };

/**
 * @param bytes UTF-16LE, usually with a byte order mark
 * @throws OstlerError IMAGE_XML_INVALID, IMAGE_ENCRYPTED
 */
export function parseWimXml(bytes: Buffer, path: string): WimImage[] {
  const { WIM } = parseDocument(decode(bytes, path), path);
  if (WIM.ESD !== undefined && 'ENCRYPTED' in WIM.ESD) throw new OstlerError('IMAGE_ENCRYPTED', { path });
  const images = WIM.IMAGE.map(toImage).toSorted((a, b) => a.index - b.index);
  if (images.some(({ index }, position) => index !== position + 1)) throw invalid(path, 'the images are not numbered 1, 2, 3 …');
  return images;
}

function decode(bytes: Buffer, path: string): string {
  if (bytes.length > xmlLimitBytes) throw invalid(path, `it has ${bytes.length} bytes, more than the limit of ${xmlLimitBytes}`);
  let text: string;
  try {
    text = new TextDecoder('utf-16le', { fatal: true }).decode(bytes);
  } catch (error) {
    throw invalid(path, 'it is not UTF-16 text', error);
  }
  // Declarations are the only way to entities of one's own.
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw invalid(path, 'it has a document type declaration');
  return text;
}

function parseDocument(text: string, path: string): z.output<typeof Document> {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    parseTagValue: false,
    parseAttributeValue: false,
    processEntities: false,
    isArray: (name) => name === 'IMAGE' || name === 'LANGUAGE',
    tagValueProcessor: (_name, value) => decodeReferences(value),
  });
  try {
    return Document.parse(parser.parse(text));
  } catch (error) {
    const issue = error instanceof z.ZodError ? error.issues[0] : undefined;
    const problem = issue === undefined ? (error as Error).message : `${issue.path.join('/')}: ${issue.message}`;
    throw invalid(path, problem, error);
  }
}

const predefined: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The five entities of XML itself and character references; anything else stays as it is. */
function decodeReferences(text: string): string {
  return text.replaceAll(
    /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/gi,
    (whole, hex: string, decimal: string, name: string) => {
      if (name !== undefined) return predefined[name.toLowerCase()] ?? whole;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code <= 0x10_ffff ? String.fromCodePoint(code) : whole;
    },
  );
}

function toImage(image: Image): WimImage {
  return {
    index: image['@INDEX'],
    name: image.NAME || image.DISPLAYNAME || '',
    description: image.DESCRIPTION || undefined,
    sizeBytes: image.TOTALBYTES,
    hardLinkBytes: image.HARDLINKBYTES,
    fileCount: image.FILECOUNT,
    directoryCount: image.DIRCOUNT,
    createdAt: isoTime(image.CREATIONTIME),
    modifiedAt: isoTime(image.LASTMODIFICATIONTIME),
    ...systemOf(image),
  };
}

type SystemFacts = Pick<WimImage, 'family' | 'edition' | 'architecture' | 'osVersion' | 'languages'>;

function systemOf({ WINDOWS: windows, LINUX: linux, FLAGS: flags }: Image): SystemFacts {
  if (windows !== undefined) return windowsFacts(windows, flags);
  if (linux !== undefined) return linuxFacts(linux, flags);
  return { family: 'unknown', edition: flags || undefined, architecture: undefined, osVersion: undefined, languages: [] };
}

function windowsFacts(windows: NonNullable<Image['WINDOWS']>, flags: string | undefined): SystemFacts {
  return {
    family: 'windows',
    edition: windows.EDITIONID || flags || undefined,
    architecture: windowsArchitectures[windows.ARCH ?? ''],
    osVersion: windowsVersion(windows),
    languages: windows.LANGUAGES?.LANGUAGE ?? [],
  };
}

function linuxFacts(linux: NonNullable<Image['LINUX']>, flags: string | undefined): SystemFacts {
  const languages = linux.LANGUAGE === undefined ? [] : [linux.LANGUAGE];
  return { family: 'linux', edition: flags || linux.ID, architecture: linux.ARCH, osVersion: linux.VERSION, languages };
}

function windowsVersion(windows: Image['WINDOWS']): string | undefined {
  const version = windows?.VERSION;
  if (version?.MAJOR === undefined) return undefined;
  return [version.MAJOR, version.MINOR ?? '0', version.BUILD, version.SPBUILD].filter((part) => part !== undefined).join('.');
}

const epochDifferenceMs = 11_644_473_600_000;

/** Windows file time: 100 ns since 1601. */
function isoTime(time: Image['CREATIONTIME']): string | undefined {
  if (time === undefined) return undefined;
  const ms = (time.HIGHPART * 2 ** 32 + time.LOWPART) / 10_000 - epochDifferenceMs;
  const date = new Date(Math.floor(ms));
  return ms <= 0 || Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function invalid(path: string, problem: string, cause?: unknown): OstlerError {
  return new OstlerError('IMAGE_XML_INVALID', { path, problem }, { cause });
}
