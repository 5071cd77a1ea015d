/**
 * Task sequence variables (feature map §3.1): names without regard to case and to spaces around them, `%name%` expansion,
 * secrets that are fetched when needed and masked everywhere. Precedence is the order of setting: what the run sets wins over
 * what it began with.
 */
import { OstlerError, VariableName, type DebugVariable, type EngineState } from '@ostler/contract';
import { SecretMask } from './secret-mask.ts';

/** What a step sees. */
export interface VariableScope {
  get(name: string): string | undefined;
  /** An empty value deletes. A value that holds a known secret is secret too. @throws OstlerError VARIABLE_NAME_INVALID, VARIABLE_TOO_LONG */
  set(name: string, value: string, options?: { readonly secret: boolean }): void;
  /** `%name%` replaced by values, nested up to ten deep; an unknown name stays as it is written, and so does what would make the text endless. */
  expand(text: string): string;
  names(): string[];
  /** True also for a secret that has not been fetched. */
  has(name: string): boolean;
  isSecret(name: string): boolean;
  /** The text with every secret value known so far replaced by `********`, in whatever form it stands there. */
  mask(text: string): string;
}

export interface InitialVariable {
  readonly name: string;
  /** null: a secret that has to be fetched. */
  readonly value: string | null;
  readonly secret: boolean;
}

/** Seals and opens secrets for the journal, and fetches those that the server keeps. */
export interface Secrets {
  seal(value: string): Promise<string>;
  unseal(sealed: string): Promise<string>;
  fetchSecret(name: string): Promise<string>;
}

interface Entry {
  readonly name: string;
  readonly value: string | null;
  readonly secret: boolean;
  /** Set while the run goes on: belongs into the journal. */
  readonly fromRun: boolean;
}

/** One value; how many there are has no limit, and neither has their sum. */
export const longestValueChars = 4000;
const deepestExpansion = 10;
/** So much may a text grow: what Linux takes as one argument. Ten values that each name the next a thousand times would fill any memory. */
const longestGrowthChars = 128 * 1024;
const reference = /%(?<name>[A-Za-z_][A-Za-z0-9_-]*)%/g;

export class Variables implements VariableScope {
  readonly #entries = new Map<string, Entry>();
  /** Every secret value met in this process. */
  readonly #mask = new SecretMask();

  constructor(initial: readonly InitialVariable[]) {
    for (const { name, value, secret } of initial) this.#put({ name, value, secret, fromRun: false });
  }

  get(name: string): string | undefined {
    const value = this.#entries.get(keyOf(name))?.value;
    return value === null || value === '' ? undefined : value;
  }

  has(name: string): boolean {
    const entry = this.#entries.get(keyOf(name));
    return entry !== undefined && entry.value !== '';
  }

  isSecret(name: string): boolean {
    return this.#entries.get(keyOf(name))?.secret ?? false;
  }

  set(name: string, value: string, options?: { readonly secret: boolean }): void {
    const trimmed = name.trim();
    if (!VariableName.safeParse(trimmed).success) throw new OstlerError('VARIABLE_NAME_INVALID', { variable: trimmed.slice(0, 300) });
    if (value.length > longestValueChars) {
      throw new OstlerError('VARIABLE_TOO_LONG', { variable: trimmed, length: value.length, limit: longestValueChars });
    }
    this.#put({ name: trimmed, value, secret: options?.secret === true || this.mask(value) !== value, fromRun: true });
  }

  expand(text: string): string {
    let expanded = text;
    let roomChars = longestGrowthChars;
    for (let depth = 0; depth < deepestExpansion; depth += 1) {
      const next = expanded.replaceAll(reference, (whole, name: string) => {
        const value = this.get(name) ?? (this.#isDeleted(name) ? '' : whole);
        const growthChars = value.length - whole.length;
        if (growthChars > roomChars) return whole;
        roomChars -= growthChars;
        return value;
      });
      if (next === expanded) break;
      expanded = next;
    }
    return expanded;
  }

  names(): string[] {
    return [...this.#entries.values()].filter(({ value }) => value !== '').map(({ name }) => name);
  }

  mask(text: string): string {
    return this.#mask.mask(text);
  }

  /** For people, by name: a secret has no value, and none stands in another's. */
  list(): DebugVariable[] {
    const shown = [...this.#entries.values()].filter(({ value }) => value !== '');
    return shown
      .map(({ name, value, secret }) => ({ name, value: secret || value === null ? null : this.mask(value), secret }))
      .toSorted((a, b) => a.name.localeCompare(b.name, 'en'));
  }

  /** Fetches the secrets whose names appear in `text`, also through the values of other variables. */
  async loadSecrets(text: string, secrets: Pick<Secrets, 'fetchSecret'>): Promise<void> {
    const missing = [...this.#entries.values()].filter(({ secret, value }) => secret && value === null);
    if (missing.length === 0) return;
    const mentioned = `${text}\n${this.#reachableValues(text)}`.toLowerCase();
    for (const entry of missing) {
      if (!mentioned.includes(entry.name.toLowerCase())) continue;
      this.#put({ ...entry, value: await secrets.fetchSecret(entry.name) });
    }
  }

  /** Forgets the values of fetched secrets; they stay masked. */
  dropSecrets(): void {
    for (const entry of this.#entries.values()) {
      if (entry.secret && !entry.fromRun) this.#put({ ...entry, value: null });
    }
  }

  /** What the run has set, for the journal: secrets sealed. */
  async toJournal(secrets: Pick<Secrets, 'seal'>): Promise<EngineState['variables']> {
    const journal: EngineState['variables'] = {};
    for (const { name, value, secret, fromRun } of this.#entries.values()) {
      if (!fromRun || value === null) continue;
      journal[name] = secret ? { sealed: await secrets.seal(value) } : { value };
    }
    return journal;
  }

  async fromJournal(journal: EngineState['variables'], secrets: Pick<Secrets, 'unseal'>): Promise<void> {
    for (const [name, kept] of Object.entries(journal)) {
      const value = 'sealed' in kept ? await secrets.unseal(kept.sealed) : kept.value;
      this.#put({ name, value, secret: 'sealed' in kept, fromRun: true });
    }
  }

  #put(entry: Entry): void {
    this.#entries.set(keyOf(entry.name), entry);
    if (entry.secret && entry.value !== null) this.#mask.add(entry.value);
  }

  #isDeleted(name: string): boolean {
    return this.#entries.get(keyOf(name))?.value === '';
  }

  #reachableValues(text: string): string {
    const seen = new Set<string>();
    let frontier = text;
    for (let depth = 0; depth < deepestExpansion && frontier !== ''; depth += 1) {
      const names = [...frontier.matchAll(reference)].map((match) => (match.groups?.['name'] ?? '').toLowerCase());
      const fresh = names.filter((name) => !seen.has(name));
      for (const name of fresh) seen.add(name);
      frontier = fresh.map((name) => this.#entries.get(name)?.value ?? '').join('\n');
    }
    return [...seen].map((name) => `${name}\n${this.#entries.get(name)?.value ?? ''}`).join('\n');
  }
}

function keyOf(name: string): string {
  return name.trim().toLowerCase();
}

/**
 * Whether people may set a variable of this name: names that begin with `_` are the engine's.
 * @throws OstlerError VARIABLE_READ_ONLY
 */
export function assertSettable(name: string): void {
  if (isReadOnly(name)) throw new OstlerError('VARIABLE_READ_ONLY', { variable: name.trim() });
}

/** Set by the engine and its steps only (feature map §3.1). */
export function isReadOnly(name: string): boolean {
  return name.trim().startsWith('_');
}
