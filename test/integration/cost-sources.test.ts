import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { cargo } from '../../src/costs/dependencies/cargo.js';
import { go } from '../../src/costs/dependencies/go.js';
import type { CostContext, CostSubject, Samples } from '../../src/costs/part.js';
import { openSource } from '../../src/costs/parts/source.js';
import { createRandom } from '../../src/random.js';
import type { BundledTarget } from '../../src/targets/bundled.js';
import { memberNamed } from '../../src/targets/family/members.js';
import { bundledTargets } from '../../src/targets/targets.js';

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
