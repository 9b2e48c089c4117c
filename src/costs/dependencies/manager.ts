import type { CostContext, CostSubject, Samples } from '../part.js';

/** One dependency that is built in. */
export interface Dependency {
  name: string;
  version: string;
  isDirect: boolean;
  /** As it declares it; null: it declares none. */
  licence: string | null;
  /** Absolute paths of its code; null: it is not on this machine. */
  files: readonly string[] | null;
}

/** Knows what is built of a directory by the file that names its dependencies. */
export interface Manager {
  manifest: string;
  /** What is built in; or why that is not known. */
  dependencies(
    dir: string,
    subject: CostSubject,
    context: CostContext,
  ): Promise<Dependency[] | { reason: string }>;
  /** Files of a bundled server that its compiler reads, relative to the directory; missing: it has no compiler. */
  compiled?(
    dir: string,
    subject: CostSubject,
    context: CostContext,
  ): Promise<ReadonlySet<string> | { reason: string }>;
  /** What is known to be wrong with dependencies, without asking anybody on a network. */
  advise(dir: string, found: readonly Dependency[], signal: AbortSignal): Promise<Samples>;
}

/** As the languages' own tools and most projects name files of tests. */
export function isTest(file: string): boolean {
  return (
    /(^|\/)(tests?|__tests__|spec|examples|benches|fuzz)\//.test(file) ||
    /(_test\.go|[._-](test|spec)\.\w+|(^|\/)tests?\.rs|(^|\/)test_\w+\.py|_(spec|test)\.rb|Test\.(java|php))$/.test(
      file,
    )
  );
}
