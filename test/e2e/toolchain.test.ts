import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { packagePath } from '../../src/package.js';
import { useBin } from '../helpers/bin.js';
import { copyOfPackage } from '../helpers/cli.js';

const bins = useBin();

/** A PATH on which only these scripts are to be found. */
function pathWith(scripts: Record<string, string>): string {
  const dir = join(bins.current.dir, 'path');
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
  const run = bins.current.start(['run', '--targets', target], { env: { PATH: pathWith({}) } });
  expect(await run.ended).toBe(3);
  expect(run.output.stderr).toContain(`there is no \`${tool}\` on the PATH`);
  expect(run.output.stderr).toContain(hint);
});

test('a toolchain that fails shows its own words', async () => {
  const PATH = pathWith({ go: 'echo "go: broken install" >&2; exit 1' });
  const run = bins.current.start(['build', 'go'], { env: { PATH } });
  expect(await run.ended).toBe(3);
  expect(run.output.stderr).toContain('go: broken install');
});

test('a compile error is shown whole', async () => {
  await copyOfPackage(bins.current.dir, [
    'bin',
    'dist',
    'package.json',
    'fixtures',
    'go-kv',
    'rust-kv',
  ]);
  symlinkSync(packagePath('node_modules'), join(bins.current.dir, 'node_modules'));
  writeFileSync(
    join(bins.current.dir, 'go-kv', 'broken.go'),
    'package main\n\nvar x int = "text"\n',
  );
  const env = { XDG_CACHE_HOME: join(bins.current.dir, 'cache') };
  const run = bins.current.shell(
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
    const env = { PATH, XDG_CACHE_HOME: join(bins.current.dir, 'cache') };
    const run = bins.current.start(['build', 'go'], { env });
    await run.says(/building go/);
    // kvbench, its guard, the tool and what the tool started.
    await expect
      .poll(() => bins.current.running().length, { timeout: 30_000 })
      .toBeGreaterThanOrEqual(4);
    run.child.kill(signal);
    expect(await run.ended).toBe(signal === 'SIGINT' ? 130 : 'SIGKILL');
  },
);
