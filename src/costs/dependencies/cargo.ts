import { join } from 'node:path';
import * as z from 'zod';
import { filesOf } from '../../targets/own-step.js';
import { auditCrates } from '../parts/advisories.js';
import { ask, parseJson, type Said } from '../tools.js';
import { crateFiles } from './crate-files.js';
import { isTest, type Manager } from './manager.js';

/** Crates that are linked in, without what only builds or tests need. */
export const cargo: Manager = {
  manifest: 'Cargo.toml',
  async dependencies(dir, { recipe }, { signal }) {
    const options = { cwd: dir, signal };
    const flags = featureFlags(recipe?.flags);
    const all = await ask(treeCommand(flags), options);
    const first = await ask(treeCommand([...flags, '--depth', '1']), options);
    const metadata = await ask(
      // It tells of nothing that these features leave out.
      ['cargo', 'metadata', '--format-version', '1', '--offline', ...flags],
      options,
    );
    if ('reason' in all) return all;
    if ('reason' in first) return first;
    const known = knownCrates(metadata);
    if ('reason' in known) return known;
    const [root, ...built] = cratesOf(all.text);
    if (root === undefined) return { reason: 'cargo tree told something else' };
    const direct = new Set(cratesOf(first.text));
    return Promise.all(
      built.map(async (crate) => {
        const [name = '', version = ''] = crate.split(' ');
        const { home, licence = null } = known.crates.get(crate) ?? {};
        return {
          name,
          version,
          isDirect: direct.has(crate),
          licence,
          files: home === undefined ? null : await codeOfCrate(home),
        };
      }),
    );
  },
  async compiled(dir, { recipe }, { signal }) {
    const options = { cwd: dir, signal };
    const tree = await ask(treeCommand([...featureFlags(recipe?.flags), '--depth', '0']), options);
    if ('reason' in tree) return tree;
    const facts = await ask(['rustc', '--print', 'cfg'], options);
    if ('reason' in facts) return facts;
    const features = featuresOf(tree.text).map((name) => `feature="${name}"`);
    return crateFiles(dir, new Set([...facts.text.split('\n'), ...features]));
  },
  advise: (dir, found, signal) =>
    auditCrates(
      dir,
      found.map(({ name, version }) => `${name} ${version}`),
      signal,
    ),
};

function featureFlags(flags: readonly string[] = []): string[] {
  return flags.filter((flag) => /^--(no-default-)?features/.test(flag));
}

function treeCommand(more: readonly string[]): string[] {
  const shape = ['--edges', 'normal', '--prefix', 'none', '--format', '{p} {f}'];
  return ['cargo', 'tree', '--offline', ...shape, ...more];
}

/** `name 1.2.3` of each line `name v1.2.3 (…) feature,…`, once each and in their order. */
export function cratesOf(text: string): string[] {
  const found = [...text.matchAll(/^(\S+) v(\S+)/gm)].map(
    ([, name, version]) => `${name} ${version}`,
  );
  return [...new Set(found)];
}

/** Features of the first crate of a tree, with those that they imply. */
export function featuresOf(text: string): string[] {
  const [first = ''] = text.split('\n');
  const [, names = ''] = /^\S+ v\S+ \(.*\) (\S+)$/.exec(first) ?? [];
  return names.split(',').filter((name) => name !== '');
}

const metadataSchema = z.object({
  packages: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      license: z.string().nullable(),
      manifest_path: z.string(),
    }),
  ),
});

interface Crate {
  /** The directory of its manifest. */
  home: string;
  licence: string | null;
}

/** All crates that a lockfile names, as `name 1.2.3`. */
function knownCrates(said: Said): { crates: Map<string, Crate> } | { reason: string } {
  if ('reason' in said) return said;
  const parsed = metadataSchema.safeParse(parseJson(said.text));
  if (!parsed.success) return { reason: 'cargo metadata told something else' };
  const crates = parsed.data.packages.map(({ name, version, license, manifest_path }) => {
    const home = manifest_path.replace(/Cargo\.toml$/, '');
    return [`${name} ${version}`, { home, licence: ordered(license) }] as const;
  });
  return { crates: new Map(crates) };
}

/** `A/B` and `B OR A` are the same. */
function ordered(licence: string | null): string | null {
  if (licence === null || /\(|\b(AND|WITH)\b/.test(licence)) return licence;
  return licence
    .split(/\s+OR\s+|\//)
    .sort()
    .join(' OR ');
}

/** Its own language, and the C that some compile. */
async function codeOfCrate(home: string): Promise<string[]> {
  const files = await filesOf(home, ['src/**/*.rs', '**/*.{c,h,cpp}']);
  return files.filter((file) => !isTest(file)).map((file) => join(home, file));
}
