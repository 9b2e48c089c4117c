import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { packagePath } from '../../src/package.js';
import { createBin } from '../helpers/bin.js';
import { copyOfPackage } from '../helpers/cli.js';

let bin: ReturnType<typeof createBin>;
beforeEach(() => {
  bin = createBin();
});
afterEach(async () => {
  await expect.poll(() => bin.running(), { timeout: 30_000 }).toEqual([]);
  bin.remove();
});

/** A PATH on which only these scripts are to be found. */
function pathWith(scripts: Record<string, string>): string {
  const dir = join(bin.dir, 'path');
  mkdirSync(dir);
  for (const [name, text] of Object.entries(scripts)) {
    writeFileSync(join(dir, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(dir, name), 0o755);
  }
  return dir;
}

test.each([
  ['rust', 'rustc', 'https://rustup.rs'],
  ['go', 'go', 'https://go.dev/dl'],
])('without the toolchain of %s', async (target, tool, hint) => {
  const run = bin.start(['run', '--targets', target], { env: { PATH: pathWith({}) } });
  expect(await run.ended).toBe(3);
  expect(run.output.stderr).toContain(`there is no \`${tool}\` on the PATH`);
  expect(run.output.stderr).toContain(hint);
});

test('a toolchain that fails shows its own words', async () => {
  const PATH = pathWith({ go: 'echo "go: broken install" >&2; exit 1' });
  const run = bin.start(['build', 'go'], { env: { PATH } });
  expect(await run.ended).toBe(3);
  expect(run.output.stderr).toContain('go: broken install');
});

test('a compile error is shown whole', async () => {
  await copyOfPackage(bin.dir, ['bin', 'dist', 'package.json', 'fixtures', 'go-kv', 'rust-kv']);
  symlinkSync(packagePath('node_modules'), join(bin.dir, 'node_modules'));
  writeFileSync(join(bin.dir, 'go-kv', 'broken.go'), 'package main\n\nvar x int = "text"\n');
  const env = { XDG_CACHE_HOME: join(bin.dir, 'cache') };
  const run = bin.shell(
    `XDG_CACHE_HOME=${env.XDG_CACHE_HOME} ${process.execPath} bin/kvbench.js build go`,
  );
  expect(await run.ended).toBe(3);
  expect(run.output.stderr).toContain('go did not build');
  expect(run.output.stderr).toContain('broken.go:3');
});

test.each(['SIGINT', 'SIGKILL'] as const)(
  '%s during a build ends the build tool',
  async (signal) => {
    const PATH = [
      pathWith({
        go: '[ "$1" = version ] && { echo go version; exit; }; echo building >&2; sleep 600',
      }),
      process.env['PATH'],
    ].join(delimiter);
    const env = { PATH, XDG_CACHE_HOME: join(bin.dir, 'cache') };
    const run = bin.start(['build', 'go'], { env });
    await run.says(/building go/);
    // kvbench, its guard, the tool and what the tool started.
    await expect.poll(() => bin.running().length, { timeout: 30_000 }).toBeGreaterThanOrEqual(4);
    run.child.kill(signal);
    expect(await run.ended).toBe(signal === 'SIGINT' ? 130 : 'SIGKILL');
  },
);
