import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { packagePath } from '../../src/package.js';

/** What a file of the bundle was made of: paths below the project, as its source map lists them. */
export async function sourcesOf(file: string): Promise<string[]> {
  const { sources } = JSON.parse(await readFile(`${file}.map`, 'utf8')) as { sources: string[] };
  return sources.map((source) => source.replace(/^(\.\.\/)+/, ''));
}

/** The name of the npm package that a source is from; null for our own. */
export function packageOf(source: string): string | null {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? null;
}

/** The sources of all that one kvbench loads, from its start to its end, and what it prints. */
export async function loadedBy(args: readonly string[]) {
  const dir = await mkdtemp(join(tmpdir(), 'kvbench-loads-'));
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [packagePath('bin/kvbench.js'), ...args],
      // V8 tells of every script, and Node writes it down.
      { env: { ...process.env, NODE_V8_COVERAGE: dir } },
    );
    const [report = ''] = await readdir(dir);
    const { result } = JSON.parse(await readFile(join(dir, report), 'utf8')) as {
      result: { url: string }[];
    };
    const files = result
      .filter(({ url }) => url.startsWith('file:') && url.includes('/dist/'))
      .map(({ url }) => fileURLToPath(url));
    return { stdout, files, sources: (await Promise.all(files.map(sourcesOf))).flat() };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
