import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { cargo, cratesOf, featuresOf } from '../../src/costs/dependencies/cargo.js';
import { crateFiles, holds, modulesOf } from '../../src/costs/dependencies/crate-files.js';
import { go, modulesOf as goModulesOf } from '../../src/costs/dependencies/go.js';
import { isTest } from '../../src/costs/dependencies/manager.js';
import type { CostContext, CostSubject, Samples } from '../../src/costs/part.js';
import { openSource } from '../../src/costs/parts/source.js';
import { packagePath } from '../../src/package.js';
import { createRandom } from '../../src/random.js';
import type { BundledTarget } from '../../src/targets/bundled.js';
import { memberNamed } from '../../src/targets/family/members.js';
import { bundledTargets } from '../../src/targets/targets.js';

test.each([
  ['src/main.rs', false],
  ['src/store/tests.rs', true],
  ['tests/http.rs', true],
  ['handler_test.go', true],
  ['latest.go', false],
  ['src/app.test.ts', true],
  ['src/contest.ts', false],
  ['spec/app_spec.rb', true],
  ['app/test_app.py', true],
])('%s is a test: %s', (file, is) => {
  expect(isTest(file)).toBe(is);
});

test('crates of a tree, once each, and the features of the first', () => {
  const text =
    'mine v0.1.0 (/src/my own) default,on-hyper\nbytes v1.2.0 std\nserde v1.0.9 (proc-macro) \nbytes v1.2.0 std (*)\n';
  expect(cratesOf(text)).toEqual(['mine 0.1.0', 'bytes 1.2.0', 'serde 1.0.9']);
  expect(featuresOf(text)).toEqual(['default', 'on-hyper']);
  expect(featuresOf('mine v0.1.0 (/src/mine) \n')).toEqual([]);
});

test('modules of Go by their packages', () => {
  const text =
    'a.b/c|v1.0.0|false|/go/c|one.go,two.go\na.b/c|v1.0.0|false|/go/c/asm|\nd|v2|true|/go/d|d.go\n';
  expect(goModulesOf(text)).toEqual([
    {
      name: 'a.b/c',
      version: 'v1.0.0',
      isDirect: true,
      licence: null,
      files: ['/go/c/one.go', '/go/c/two.go'],
    },
    { name: 'd', version: 'v2', isDirect: false, licence: null, files: ['/go/d/d.go'] },
  ]);
});

describe('what of a crate is compiled', () => {
  const facts = new Set(['unix', 'target_os="linux"', 'feature="on-hyper"']);

  test.each([
    ['unix', true],
    ['test', false],
    ['not(test)', true],
    ['target_os = "linux"', true],
    ['any(windows, feature = "on-hyper")', true],
    ['all(unix, any(test, not(feature = "on-hyper")))', false],
    ['any(\n    test,\n    not(any(feature = "a", feature = "b",)),\n)', true],
    ['all()', true],
    ['any()', false],
  ])('%s: %s', (condition, is) => {
    expect(holds(condition, facts)).toBe(is);
  });

  test('modules with a file whose conditions hold', () => {
    const text = `
      mod a;
      pub(crate) mod b;
      #[cfg(test)]
      mod c;
      #[allow(dead_code)]
      // Why.
      #[cfg(feature = "on-hyper")]
      pub mod d;
      // mod e;
      mod f { fn g() {} }
    `;
    expect(modulesOf(text, facts)).toEqual(['a', 'b', 'd']);
  });

  const server = packagePath('rust-kv');
  const filesWith = (...features: string[]) =>
    crateFiles(server, new Set(features.map((name) => `feature="${name}"`)));
  const stack = (files: Set<string>) =>
    [...files].filter((file) => /^src\/stack\/(?!tokio\/)/.test(file)).toSorted();

  test.each([
    [['stack-actix'], ['actix', 'mod']],
    [['stack-tokio'], ['connections', 'mod', 'threads']],
    [
      ['stack-hyper', 'on-hyper'],
      ['connections', 'http1', 'hyper', 'mod', 'response', 'socket', 'threads'],
    ],
  ])('files of the bundled one with %j', async (features, names) => {
    const files = await filesWith(...features);
    expect(stack(files)).toEqual(names.map((name) => `src/stack/${name}.rs`));
    expect(files.has('src/main.rs')).toBe(true);
    expect(files.has('src/null/request.rs')).toBe(true);
    expect(files.has('src/inject.rs')).toBe(false);
    expect(files.has('src/stack/tokio/head.rs')).toBe(features.includes('stack-tokio'));
  });

  test('the store that is chosen, and no other', async () => {
    const stores = async (...features: string[]) =>
      [...(await filesWith('stack-actix', ...features))]
        .filter((file) => file.startsWith('src/store/'))
        .toSorted();
    expect(await stores()).toEqual(['src/store/dashmap.rs', 'src/store/mod.rs']);
    expect(await stores('store-mutex')).toEqual(['src/store/mod.rs', 'src/store/mutex.rs']);
  });
});

describe('what toolchains say', () => {
  let dir: string;
  const context = { signal: new AbortController().signal, work: '/work' } as CostContext;

  /** A program that is found before all others of that name. */
  async function standIn(name: string, script: string): Promise<void> {
    await writeFile(join(dir, 'bin', name), `#!/bin/sh\n${script}`);
    await chmod(join(dir, 'bin', name), 0o755);
    vi.stubEnv('PATH', `${join(dir, 'bin')}${delimiter}${process.env['PATH']}`);
  }

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'kvbench-source-'));
    await mkdir(join(dir, 'bin'));
    await writeFile(join(dir, 'Cargo.toml'), '[package]\nname = "mine"\n');
    await writeFile(join(dir, 'main.rs'), 'fn main() {}\n');
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(dir, { recursive: true, force: true });
  });

  test.each([
    ['none of JSON', 'not json', 'cargo metadata told something else'],
    ['JSON of another shape', '{"packages":[{"name":1}]}', 'cargo metadata told something else'],
    ['nothing', '', 'cargo metadata told something else'],
  ])('cargo says %s: the reason stands in place of figures', async (_, metadata, reason) => {
    await standIn(
      'cargo',
      `if [ "$1" = tree ]; then echo 'mine v0.1.0 (/mine)'; else printf '%s' '${metadata}'; fi\n`,
    );
    const subject = { name: 'mine', recipe: null, spec: { dir }, target: { source: 'command' } };
    const session = await openSource(subject as CostSubject, context);
    const samples = (await session.round(createRandom(1))) as Samples;
    expect(samples['source.dependencies']).toEqual({ reason });
    expect(samples['source.foreign-branches']).toEqual({ reason });
    expect(samples['source.code']).toMatchObject({ value: 1 });
  });

  test('cargo is asked for licences with the features of the build', async () => {
    const crates = [
      { name: 'mine', version: '0.1.0' },
      { name: 'axum', version: '0.8.0' },
    ].map((one) => ({ ...one, license: 'MIT/Apache-2.0', manifest_path: join(dir, 'Cargo.toml') }));
    await standIn(
      'cargo',
      `if [ "$1" = tree ]; then printf 'mine v0.1.0 (/mine) a\\naxum v0.8.0 http1\\n'
else case "$*" in *--no-default-features*stack-axum*) cat metadata.json;; esac; fi\n`,
    );
    await writeFile(join(dir, 'metadata.json'), JSON.stringify({ packages: crates }));
    const { recipe } = memberNamed('rust+axum', bundledTargets) as BundledTarget;
    const found = await cargo.dependencies(dir, { recipe } as CostSubject, context);
    expect(found).toMatchObject([
      { name: 'axum', version: '0.8.0', isDirect: true, licence: 'Apache-2.0 OR MIT', files: [] },
    ]);
  });

  test('go is asked with the tags, the modules and the variables of the build', async () => {
    await standIn(
      'go',
      String.raw`printf '%s\n' "$* $CGO_ENABLED $GOTOOLCHAIN" >asked; printf 'main.go\nstore_xsync.go\n'`,
    );
    const { recipe } = memberNamed('go+xsync', bundledTargets) as BundledTarget;
    const files = await go.compiled?.(dir, { recipe } as CostSubject, context);
    expect(files).toEqual(new Set(['main.go', 'store_xsync.go']));
    const asked = await readFile(join(dir, 'asked'), 'utf8');
    expect(asked).toMatch(/^list -tags=store_xsync -modfile=xsync\.mod -f .* \. 0 local\n$/);
  });
});
