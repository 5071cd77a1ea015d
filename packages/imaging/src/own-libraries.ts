/** The libraries that this Node.js uses beyond the C library, which every system has in a version of its own. */

/** As absolute paths. A system that Node.js is put into may lack them. */
export function ownLibraries(): string[] {
  // Safe: Node documents sharedObjects as a list of paths (process.report).
  const { sharedObjects } = process.report.getReport() as unknown as { readonly sharedObjects: readonly string[] };
  return sharedObjects.filter((path) => /\/lib(?:atomic|gcc_s|stdc\+\+)\.so/.test(path));
}
