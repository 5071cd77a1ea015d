/** The types that a house rule is written against; the linter exports them only through its rule tester. */
import { dirname, relative, resolve } from 'node:path';
import type { RuleTester } from 'oxlint/plugins-dev';

/** One lint rule: `create` is called once a file and returns a visitor. */
export type Rule = Extract<Parameters<RuleTester['run']>[1], { create: unknown }>;
export type Context = Parameters<Rule['create']>[0];
type Visitor = ReturnType<Rule['create']>;
/** The syntax node that a visitor's function of this name is given. */
export type NodeOf<K extends keyof Visitor> = Parameters<NonNullable<Visitor[K]>>[0];

export const repositoryRoot = resolve(import.meta.dirname, '../..');

/** The file's path from the repository's root, with `/` between its parts. */
export function repositoryPath(context: Pick<Context, 'filename'>): string {
  return relative(repositoryRoot, context.filename).replaceAll('\\', '/');
}

/** The path from the repository's root that a relative import of this file leads to. */
export function importedPath(context: Pick<Context, 'filename'>, specifier: string): string {
  return relative(repositoryRoot, resolve(dirname(context.filename), specifier)).replaceAll('\\', '/');
}

export function isTestFile(path: string): boolean {
  return path.endsWith('.test.ts') || /^packages\/[^/]+\/test\//.test(path);
}

/**
 * A visitor that meets every module a file names: imports, re-exports and dynamic imports with a literal.
 * Type-only imports count too: the import table is about knowledge, not about what is left at run time.
 */
export function eachModuleName(
  report: (specifier: string, node: NodeOf<'Program'>['body'][number] | NodeOf<'ImportExpression'>) => void,
): Visitor {
  return {
    ImportDeclaration: (node) => report(node.source.value, node),
    ExportAllDeclaration: (node) => report(node.source.value, node),
    ExportNamedDeclaration: (node) => {
      if (node.source) report(node.source.value, node);
    },
    ImportExpression: (node) => {
      if (node.source.type === 'Literal' && typeof node.source.value === 'string') report(node.source.value, node);
    },
  };
}
