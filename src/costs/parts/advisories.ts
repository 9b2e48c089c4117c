import * as z from 'zod';
import type { Sample, Samples } from '../part.js';
import { ask, parseJson } from '../tools.js';

const crateSchema = z.looseObject({ name: z.string(), version: z.string() });
const findingSchema = z.looseObject({
  advisory: z.looseObject({ id: z.string() }).nullable(),
  package: crateSchema,
});
type Finding = z.infer<typeof findingSchema>;

const auditSchema = z.looseObject({
  database: z.looseObject({ 'last-updated': z.string().nullable().optional() }),
  vulnerabilities: z.looseObject({ list: z.array(findingSchema) }),
  warnings: z.record(z.string(), z.array(findingSchema)),
});

/** What `cargo audit --json` says of crates that are built in, as `name 1.2.3`; null if it says something else. */
export function auditOf(text: string, isBuilt: (crate: string) => boolean): Samples | null {
  const parsed = auditSchema.safeParse(parseJson(text));
  if (!parsed.success) return null;
  const { database, vulnerabilities, warnings } = parsed.data;
  const asOf = database['last-updated'] ? `, data of ${database['last-updated'].slice(0, 10)}` : '';
  const sampleOf = (findings: readonly Finding[]): Sample => {
    const own = findings.filter((one) => isBuilt(`${one.package.name} ${one.package.version}`));
    const names = own.map((one) => `${one.package.name} (${one.advisory?.id ?? 'yanked'})`);
    return { value: own.length, detail: `${names.join(', ') || 'none'}${asOf}` };
  };
  return {
    'source.vulnerabilities': sampleOf(vulnerabilities.list),
    'source.unmaintained': sampleOf([
      ...(warnings['unmaintained'] ?? []),
      ...(warnings['yanked'] ?? []),
    ]),
  };
}

/** Advisories about a crate's dependencies, by the data that is on this machine. */
export async function auditCrates(
  dir: string,
  built: readonly string[],
  signal: AbortSignal,
): Promise<Samples> {
  const said = await ask(['cargo', 'audit', '--json', '--no-fetch', '--stale'], {
    cwd: dir,
    signal,
    // 1: it has found some.
    codes: [0, 1],
  });
  if ('reason' in said) {
    return noAdvisories('cargo audit is not installed, or has no data here: run it once by hand');
  }
  const known = new Set(built);
  return (
    auditOf(said.text, (crate) => known.has(crate)) ??
    noAdvisories('cargo audit told something else')
  );
}

export function noAdvisories(reason: string): Samples {
  return { 'source.vulnerabilities': { reason }, 'source.unmaintained': { reason } };
}
