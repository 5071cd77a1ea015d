/**
 * XML of unknown origin as a tree that keeps the order of elements. Strict: half a sequence must not be imported, so that what is cut off
 * or closes wrongly is refused with its line. No document types, and so no entities of its own; limited in depth.
 */
import { nestingLimit } from '@ostler/contract';

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Its own text, without that of its children. */
  readonly text: string;
}

/** What is wrong with the text, in a sentence for whoever gave it. */
export class XmlProblem extends Error {
  override readonly name = 'XmlProblem';
}

interface OpenElement extends XmlElement {
  readonly children: XmlElement[];
  text: string;
}

/** One piece of markup. Each alternative begins with another character after `<`, so that nothing is tried twice. */
const markup =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[(?<cdata>[\s\S]*?)\]\]>|<\/(?<closes>[A-Za-z_:][\w:.-]*)\s*>|<(?<opens>[A-Za-z_:][\w:.-]*)(?<attributes>(?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(?<empty>\/)?>/y;
const attribute = /([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/** The root element. @throws XmlProblem */
export function parseXml(text: string): XmlElement {
  // Declarations are the only way to entities of one's own.
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw new XmlProblem('it has a document type declaration, which is refused');
  const document: OpenElement = { name: '', attributes: {}, children: [], text: '' };
  const open = [document];
  let at = 0;
  for (let next = text.indexOf('<'); next !== -1; next = text.indexOf('<', at)) {
    const inside = open.at(-1) ?? document;
    inside.text += decodeReferences(text.slice(at, next));
    markup.lastIndex = next;
    const piece = markup.exec(text);
    if (piece === null) throw new XmlProblem(`it is not valid XML: there is no valid tag in line ${lineAt(text, next)}`);
    const problem = take(piece.groups ?? {}, open, inside);
    if (problem !== null) throw new XmlProblem(`it is not valid XML: ${problem} in line ${lineAt(text, next)}`);
    at = markup.lastIndex;
  }
  const unclosed = open.length > 1 ? open.at(-1) : undefined;
  if (unclosed !== undefined) throw new XmlProblem(`it is not valid XML: <${unclosed.name}> is never closed, it may be cut off`);
  const [root] = document.children;
  if (root === undefined) throw new XmlProblem('it is empty');
  return root;
}

/** Puts one piece into the tree. @returns what is wrong with it, or null */
function take(piece: Readonly<Partial<Record<string, string>>>, open: OpenElement[], inside: OpenElement): string | null {
  // In CDATA an ampersand is an ampersand.
  if (piece['cdata'] !== undefined) inside.text += piece['cdata'];
  const { closes, opens } = piece;
  if (closes !== undefined) {
    if (open.length === 1 || inside.name !== closes) return `</${closes}> closes what is not open`;
    open.pop();
  }
  if (opens === undefined) return null;
  const element: OpenElement = { name: opens, attributes: attributesOf(piece['attributes'] ?? ''), children: [], text: '' };
  inside.children.push(element);
  if (piece['empty'] === undefined) open.push(element);
  return open.length > nestingLimit ? `it is nested more than ${nestingLimit} levels deep` : null;
}

function attributesOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(attribute)].map(
    ([, name = '', double, single]) => [name, decodeReferences(double ?? single ?? '')] as const,
  );
  return Object.fromEntries(pairs);
}

function lineAt(text: string, at: number): number {
  return text.slice(0, at).split('\n').length;
}

const predefined: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The five entities of XML itself and character references; anything else stays as it is. */
function decodeReferences(text: string): string {
  if (!text.includes('&')) return text;
  return text.replaceAll(
    /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/gi,
    (whole, hex: string | undefined, decimal: string | undefined, name: string | undefined) => {
      if (name !== undefined) return predefined[name.toLowerCase()] ?? whole;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code <= 0x10_ffff ? String.fromCodePoint(code) : whole;
    },
  );
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text: string): string => text.replaceAll(/[&<>"]/g, (character) => escapes[character] ?? character);

/** The element as indented text. */
export function formatXml({ name, attributes, children, text }: XmlElement, indent = ''): string {
  const open = [name, ...Object.entries(attributes).map(([key, value]) => `${key}="${escape(value)}"`)].join(' ');
  const own = escape(text.trim());
  if (children.length === 0) return own === '' ? `${indent}<${open}/>` : `${indent}<${open}>${own}</${name}>`;
  const inside = children.map((child) => formatXml(child, `${indent}  `));
  return [`${indent}<${open}>${own}`, ...inside, `${indent}</${name}>`].join('\n');
}
