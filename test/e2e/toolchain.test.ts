import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
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

/**
 * A copy of the package in which the sources of the Go server are this one file; gives the command
 * that runs it with a cache of its own.
 */
async function packageWithGo(source: string): Promise<string> {
  const { dir } = bins.current;
  await copyOfPackage(dir, ['bin', 'dist', 'package.json', 'go-kv/go.mod']);
  symlinkSync(packagePath('node_modules'), join(dir, 'node_modules'));
  writeFileSync(join(dir, 'go-kv', 'main.go'), source);
  return `XDG_CACHE_HOME=${join(dir, 'cache')} ${process.execPath} ${join(dir, 'bin/kvbench.js')}`;
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

test("a compile error is shown in the tool's words", async () => {
  // Go sees it before it compiles its own library.
  const kvbench = await packageWithGo('package main\n\nimport 5\n');
  const run = bins.current.shell(`${kvbench} build go`);
  expect(await run.ended).toBe(3);
  expect(run.output.stderr).toContain('go did not build');
  expect(run.output.stderr).toMatch(/main\.go:3:8: .*import path/);
});

test('two builds at the same time, with an empty cache, do not disturb each other', async () => {
  // Each ends once both have begun.
  const go = `
    [ "$1" = version ] && { echo go version; exit; }
    touch "$BEGUN/$$"
    until [ "$(ls "$BEGUN" | wc -l)" -ge 2 ]; do sleep 0.05; done
    while [ "$1" != -o ]; do shift; done
    mkdir -p "$(dirname "$2")"
    echo built > "$2"`;
  const BEGUN = join(bins.current.dir, 'begun');
  mkdirSync(BEGUN);
  const PATH = [pathWith({ go }), process.env['PATH']].join(delimiter);
  const env = { PATH, BEGUN, XDG_CACHE_HOME: join(bins.current.dir, 'cache') };
  const both = [1, 2].map(() => bins.current.start(['build', 'go', '--json'], { env }));
  for (const run of both) expect(await run.ended, run.output.stderr).toBe(0);
  const [a, b] = both.map((run) => JSON.parse(run.output.stdout));
  expect(a[0].path).toBe(b[0].path);
  expect(readFileSync(a[0].path, 'utf8')).toBe('built\n');
  const third = bins.current.start(['build', 'go', '--json'], { env });
  expect(await third.ended, third.output.stderr).toBe(0);
  expect(JSON.parse(third.output.stdout)[0].path).toBe(a[0].path);
  expect(readdirSync(BEGUN)).toHaveLength(2);
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
