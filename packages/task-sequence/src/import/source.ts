/** Finds the task sequences in what was given: XML of one sequence, MDT's ts.xml, a package around one, or an exported zip. */
import { OstlerError } from '@ostler/contract';
import { parseXml, XmlProblem, type XmlElement } from './xml.ts';
import { isZip, readXmlFiles, ZipProblem } from './zip.ts';

/** One task sequence as the other product wrote it. */
export interface SourceSequence {
  readonly name: string;
  readonly description: string;
  /** The `<sequence>` element. */
  readonly sequence: XmlElement;
}

export interface SourceFile {
  readonly fileName: string;
  readonly bytes: Uint8Array;
  /** Which one, by its name, when there are several. */
  readonly sequence?: string | undefined;
}

/** Real ones have some megabytes at most. */
const largestBytes = 64 * 1024 * 1024;
const zipLimits = { entries: 10_000, totalBytes: largestBytes };

/** @throws OstlerError SEQUENCE_IMPORT_INVALID, SEQUENCE_IMPORT_AMBIGUOUS */
export async function findSequence({ fileName, bytes, sequence }: SourceFile): Promise<SourceSequence> {
  try {
    const all = await sequencesIn(fileName, bytes);
    const wanted = sequence === undefined ? all : all.filter(({ name }) => name.toLowerCase() === sequence.toLowerCase());
    const [found, ...others] = wanted;
    if (found === undefined)
      throw invalid(fileName, all.length === 0 ? 'there is no task sequence in it' : `it holds no ${sequence ?? ''}`);
    if (others.length > 0) {
      throw new OstlerError('SEQUENCE_IMPORT_AMBIGUOUS', { fileName, names: wanted.map(({ name }) => name).join(', ') });
    }
    requireVersion(fileName, found.sequence);
    return found;
  } catch (error) {
    if (error instanceof XmlProblem || error instanceof ZipProblem) throw invalid(fileName, error.message, error);
    throw error;
  }
}

async function sequencesIn(fileName: string, bytes: Uint8Array): Promise<SourceSequence[]> {
  if (bytes.length > largestBytes) throw invalid(fileName, `it has ${bytes.length} bytes; at most ${largestBytes} are read`);
  if (!isZip(bytes)) return sequencesInXml(decode(bytes), baseName(fileName));
  const found: SourceSequence[] = [];
  for (const file of await readXmlFiles(bytes, zipLimits)) {
    const text = decode(file.bytes);
    // The other files describe what the sequence refers to.
    if (text.includes('sequence')) found.push(...sequencesInXml(text, baseName(file.name)));
  }
  return found;
}

/** UTF-8, or UTF-16 with its mark. */
function decode(bytes: Uint8Array): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    throw new XmlProblem(`it is not ${encoding.toUpperCase()} text`, { cause: error });
  }
}

function sequencesInXml(text: string, fallbackName: string): SourceSequence[] {
  const root = parseXml(text);
  const facts = (name: string): string => propertyOf(root, name) ?? root.attributes[name.toLowerCase()] ?? '';
  return sequenceElements(root).map((sequence) => ({
    name: (sequence.attributes['name'] ?? '') || facts('Name') || fallbackName,
    description: (sequence.attributes['description'] ?? '') || facts('Description'),
    sequence,
  }));
}

/** The sequence itself, inside a package's element, or as text in one: each export wraps it in another way. */
function sequenceElements(element: XmlElement): XmlElement[] {
  if (element.name === 'sequence') return [element];
  if (element.text.trimStart().startsWith('<') && /<sequence[\s>]/.test(element.text))
    return sequenceElements(parseXml(element.text.trim()));
  return element.children.flatMap(sequenceElements);
}

/** `<Name>…` of a package, or `<PROPERTY NAME="Name"><VALUE>…` of an exported object. */
function propertyOf(root: XmlElement, name: string): string | undefined {
  const plain = root.children.find((child) => child.name === name);
  if (plain !== undefined) return plain.text.trim();
  const property = root.children.find((child) => child.name === 'PROPERTY' && child.attributes['NAME'] === name);
  return property?.children.find((child) => child.name === 'VALUE')?.text.trim();
}

function requireVersion(fileName: string, { attributes }: XmlElement): void {
  const version = attributes['version'];
  if (version === undefined) throw invalid(fileName, 'the task sequence has no version');
  if (!/^3\.\d+$/.test(version)) throw invalid(fileName, `the task sequence has the version ${version}; versions 3.x are read`);
}

function baseName(path: string): string {
  const parts = path.split(/[/\\]/);
  const last = parts.at(-1) ?? '';
  // An exported object is always called object.xml; its folder has the id.
  const name = last.toLowerCase() === 'object.xml' || last.toLowerCase() === 'ts.xml' ? (parts.at(-2) ?? last) : last;
  return name.replace(/\.[^.]*$/, '') || 'Imported';
}

function invalid(fileName: string, problem: string, cause?: unknown): OstlerError {
  return new OstlerError('SEQUENCE_IMPORT_INVALID', { fileName, problem }, { cause });
}
