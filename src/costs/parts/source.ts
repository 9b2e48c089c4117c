import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { packagePath } from '../../package.js';
import { familyOptions } from '../../targets/family/members.js';
import { filesOf } from '../../targets/own-step.js';
import type { Recipe } from '../../targets/recipe.js';
import { bundledTargets } from '../../targets/targets.js';
import { countable, countLines } from '../lines.js';
import {
  type CostContext,
  type CostSubject,
  eachRound,
  type OpenPart,
  type Sample,
  type Samples,
} from '../part.js';
import { ask, parseJson } from '../tools.js';
import { auditCrates, noAdvisories } from './advisories.js';

/** What there is to read, and what it is built of. */
export const openSource: OpenPart = async (subject, context) => {
  const dir = subject.recipe ? packagePath(subject.recipe.sourceDir) : subject.spec?.dir;
  if (dir === undefined || subject.target.source === 'url') {
    return eachRound(1, async () => reasonForAll('its sources are not known'));
  }
  return eachRound(1, async () => ({
    ...(await ownLines(dir, subject.recipe?.variant ?? null)),
    ...(await dependencies(dir, subject, context)),
  }));
};

function reasonForAll(reason: string): Samples {
  return {
    'source.code': { reason },
    ...dependencyReason(reason),
    'source.comments': { reason },
    'source.tests': { reason },
  };
}

function dependencyReason(reason: string): Samples {
  return {
    'source.direct': { reason },
    'source.dependencies': { reason },
    'source.duplicates': { reason },
    'source.foreign': { reason },
    'source.licences': { reason },
    ...noAdvisories(reason),
  };
}

/** Where others' code, and what a build leaves, lies. */
const foreign = ['node_modules', 'target', 'vendor', 'dist', 'build', '.venv', 'venv', '.git'];

async function ownLines(dir: string, variant: Recipe['variant'] | null): Promise<Samples> {
  const files = await filesOf(dir, [
    `**/*.{${countable.join(',')}}`,
    ...foreign.map((name) => `!**/${name}/**`),
  ]);
  const tests = files.filter(isTest);
  const isOwn = (file: string) => !isTest(file) && isBuilt(file, variant);
  const own = await countLines(files.filter(isOwn).map((file) => join(dir, file)));
  const tested = await countLines(tests.map((file) => join(dir, file)));
  return {
    'source.code': { value: own.code, detail: `${own.files} files` },
    'source.comments': own.comments,
    'source.tests': { value: tested.code, detail: `${tested.files} files` },
  };
}

/** Every stack and store that a family has files for, as `stack_chi.go` and `store/papaya.rs`. */
const variants = new Set([
  ...bundledTargets.flatMap(({ recipe }) => Object.values(recipe.variant ?? {})),
  ...Object.values(familyOptions).flatMap((options) => options.map(({ name }) => name)),
]);

/** Whether a file is of what is built, and not of another member of the family. */
export function isBuilt(file: string, variant: Recipe['variant'] | null): boolean {
  const [, axis, name = ''] = /(?:^|\/)(stack|store)(?:_choice)?[/_](\w+)/.exec(file) ?? [];
  if (!variant || axis === undefined || !variants.has(name)) return true;
  return variant[axis as 'stack' | 'store'] === name;
}

/** As the languages' own tools and most projects name them. */
export function isTest(file: string): boolean {
  const name = basename(file);
  return (
    /(^|\/)(tests?|__tests__|spec|examples|benches|fuzz)\//.test(file) ||
    /(_test\.go|[._-](test|spec)\.\w+|^tests?\.rs|^test_\w+\.py|_(spec|test)\.rb|Test\.(java|php))$/.test(
      name,
    )
  );
}

/** One dependency that is built in. */
interface Dependency {
  name: string;
  version: string;
  isDirect: boolean;
  /** As it declares it; null: it declares none. */
  licence: string | null;
  /** Absolute paths of its code; null: it is not on this machine. */
  files: readonly string[] | null;
}

/** What builds know dependencies of, by the file that names them. */
const managers: readonly {
  manifest: string;
  list(dir: string, subject: CostSubject, context: CostContext): Promise<Dependency[] | string>;
  /** What is known to be wrong with them, without asking anybody on a network. */
  advise(dir: string, found: readonly Dependency[], signal: AbortSignal): Promise<Samples>;
}[] = [
  {
    manifest: 'Cargo.toml',
    list: crates,
    advise: (dir, found, signal) =>
      auditCrates(
        dir,
        found.map(({ name, version }) => `${name} ${version}`),
        signal,
      ),
  },
  {
    manifest: 'go.mod',
    list: modules,
    advise: async () => noAdvisories('govulncheck asks a server, and is left to you'),
  },
  {
    manifest: 'package-lock.json',
    list: packages,
    advise: async () => noAdvisories('npm audit asks a server, and is left to you'),
  },
];

async function dependencies(
  dir: string,
  subject: CostSubject,
  context: CostContext,
): Promise<Samples> {
  for (const { manifest, list, advise } of managers) {
    const isThere = await readFile(join(dir, manifest)).then(
      () => true,
      () => false,
    );
    if (!isThere) continue;
    const found = await list(dir, subject, context);
    if (typeof found === 'string') return dependencyReason(found);
    return { ...(await describe(found)), ...(await advise(dir, found, context.signal)) };
  }
  const names = managers.map(({ manifest }) => manifest).join(', ');
  return dependencyReason(`its directory has none of ${names}`);
}

async function describe(all: readonly Dependency[]): Promise<Samples> {
  const names = new Map<string, Set<string>>();
  for (const { name, version } of all) {
    names.set(name, (names.get(name) ?? new Set()).add(version));
  }
  const twice = [...names].filter(([, versions]) => versions.size > 1).map(([name]) => name);
  const direct = all.filter(({ isDirect }) => isDirect).map(({ name }) => name);
  const absent = all.filter(({ files }) => files === null);
  const { code } = await countLines(all.flatMap(({ files }) => files ?? []));
  return {
    'source.direct': { value: direct.length, detail: direct.join(', ') || 'none' },
    'source.dependencies': all.length,
    'source.duplicates': { value: twice.length, detail: twice.join(', ') || 'none' },
    'source.foreign':
      absent.length === 0 ? code : { reason: `${absent.length} of them are not on this machine` },
    'source.licences': licences(all),
  };
}

function licences(all: readonly Dependency[]): Sample {
  const silent = all.filter(({ licence }) => licence === null);
  if (silent.length > 0) return { reason: `${silent.length} of them declare none` };
  const counts = new Map<string, number>();
  for (const { licence } of all) counts.set(licence ?? '', (counts.get(licence ?? '') ?? 0) + 1);
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  const detail = sorted.map(([licence, count]) => `${licence} (${count})`).join(', ');
  return { value: counts.size, detail: detail || 'none' };
}

/** `A/B` and `B OR A` are the same. */
function ordered(licence: string): string {
  if (/\(|\b(AND|WITH)\b/.test(licence)) return licence;
  return licence
    .split(/\s+OR\s+|\//)
    .sort()
    .join(' OR ');
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

/** By cargo: what is linked in, without what only builds or tests need. */
async function crates(
  dir: string,
  { recipe }: CostSubject,
  { signal }: CostContext,
): Promise<Dependency[] | string> {
  const features = (recipe?.flags ?? []).filter((flag) => /^--(no-default-)?features/.test(flag));
  const options = { cwd: dir, signal };
  const tree = (...more: string[]) =>
    ask(
      [
        'cargo',
        'tree',
        '--offline',
        '--edges',
        'normal',
        '--prefix',
        'none',
        '--format',
        '{p}',
        ...features,
        ...more,
      ],
      options,
    );
  const [all, first, metadata] = [
    await tree(),
    await tree('--depth', '1'),
    await ask(['cargo', 'metadata', '--format-version', '1', '--offline'], options),
  ];
  for (const said of [all, first, metadata]) if ('reason' in said) return said.reason;
  if (!('text' in all && 'text' in first && 'text' in metadata)) return 'cargo told nothing';
  const parsed = metadataSchema.safeParse(JSON.parse(metadata.text));
  if (!parsed.success) return 'cargo metadata told something else';
  const [root, ...built] = cratesOf(all.text);
  const direct = new Set(cratesOf(first.text));
  const known = new Map(parsed.data.packages.map((one) => [`${one.name} ${one.version}`, one]));
  return Promise.all(
    built
      .filter((crate) => crate !== root)
      .map(async (crate) => {
        const [name = '', version = ''] = crate.split(' ');
        const about = known.get(crate);
        const home = about?.manifest_path.replace(/Cargo\.toml$/, '');
        const files = home === undefined ? null : await filesOf(home, ['src/**/*.rs']);
        return {
          ...{ name, version, isDirect: direct.has(crate) },
          licence: about?.license == null ? null : ordered(about.license),
          files: files && home !== undefined ? files.map((file) => join(home, file)) : null,
        };
      }),
  );
}

/** `name 1.2.3` of each line `name v1.2.3 (…)`, once each and in their order. */
export function cratesOf(text: string): string[] {
  const found = [...text.matchAll(/^(\S+) v(\S+)/gm)].map(
    ([, name, version]) => `${name} ${version}`,
  );
  return [...new Set(found)];
}

/** By go: modules of the packages that are compiled, and the files that are. */
async function modules(
  dir: string,
  { recipe }: CostSubject,
  { signal }: CostContext,
): Promise<Dependency[] | string> {
  const tags = (recipe?.flags ?? []).filter((flag) => /^-(tags|modfile)=/.test(flag));
  const format =
    '{{if and (not .Standard) .Module}}{{if not .Module.Main}}{{.Module.Path}}|{{.Module.Version}}|{{.Module.Indirect}}|{{.Dir}}|{{join .GoFiles ","}}{{end}}{{end}}';
  const said = await ask(['go', 'list', '-deps', ...tags, '-f', format, '.'], { cwd: dir, signal });
  if ('reason' in said) return said.reason;
  const found = new Map<string, Dependency & { files: string[] }>();
  for (const line of said.text.split('\n').filter((text) => text !== '')) {
    const [name = '', version = '', indirect, home = '', files = ''] = line.split('|');
    const before = found.get(name) ?? {
      ...{ name, version, isDirect: indirect === 'false' },
      // go.mod has no field for it.
      ...{ licence: null, files: [] },
    };
    before.files.push(...files.split(',').map((file) => join(home, file)));
    found.set(name, before);
  }
  return [...found.values()];
}

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.looseObject({
      version: z.string().optional(),
      license: z.string().optional(),
      dev: z.boolean().optional(),
      dependencies: z.record(z.string(), z.string()).optional(),
    }),
  ),
});

/** By npm's lockfile: what a production install has. */
async function packages(dir: string): Promise<Dependency[] | string> {
  const text = await readFile(join(dir, 'package-lock.json'), 'utf8');
  const parsed = lockSchema.safeParse(parseJson(text));
  if (!parsed.success) return 'package-lock.json is of a version that is not known here';
  const { '': root, ...all } = parsed.data.packages;
  const direct = new Set(Object.keys(root?.dependencies ?? {}));
  const installed = Object.entries(all).filter(
    ([path, { dev }]) => path.startsWith('node_modules/') && !dev,
  );
  return Promise.all(
    installed.map(async ([path, { version = '', license }]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      const home = join(dir, path);
      const files = await filesOf(home, ['**/*.{js,cjs,mjs}', '!**/node_modules/**']);
      return {
        ...{ name, version, isDirect: direct.has(name) && path === `node_modules/${name}` },
        licence: license ?? null,
        files: files.length === 0 ? null : files.map((file) => join(home, file)),
      };
    }),
  );
}
