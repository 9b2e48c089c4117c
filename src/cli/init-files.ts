import { existsSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf, KvbenchError, messageOf } from '../errors.js';
import { makeDirectory } from '../files.js';
import { markerFiles } from '../init/kinds/index.js';
import type { DirectoryFacts } from '../init/kinds/kind.js';

/** What tells what the server is; throws a usage error if there is no such directory. */
export async function readFacts(dir: string): Promise<DirectoryFacts> {
  const about = await stat(dir).catch(() => null);
  if (!about?.isDirectory()) {
    throw new KvbenchError('usage', `There is no directory ${dir}.`, 'Name one with --dir.');
  }
  const read = (name: string) => readFile(join(dir, name), 'utf8').catch(() => null);
  const markers = await Promise.all(
    markerFiles.map(async (file) => [file, await read(file)] as const),
  );
  return {
    name: basename(dir),
    markers: Object.fromEntries(markers),
    files: [
      ...(await namesIn(dir, '')),
      ...(await namesIn(dir, 'src')),
      ...(await programsIn(dir)),
    ],
  };
}

async function programsIn(dir: string): Promise<string[]> {
  const programs = await namesIn(dir, 'cmd');
  return (await Promise.all(programs.map((program) => namesIn(dir, program)))).flat();
}

/** Paths of what lies in a directory below `dir`; nothing if there is no such directory. */
async function namesIn(dir: string, below: string): Promise<string[]> {
  const names = await readdir(join(dir, below)).catch(() => []);
  return names.map((name) => (below ? `${below}/${name}` : name));
}

/** The directory at or above that holds `.git`, which is where workflows belong. */
export function repositoryOf(dir: string): string {
  for (let at = dir; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (dirname(at) === at) return dir;
  }
}

/** Writes a file that must not be there yet, and says what became of it. */
export async function writeNew(path: string, text: string, shown: string): Promise<string> {
  try {
    await makeDirectory(dirname(path));
    await writeFile(path, text, { flag: 'wx' });
    return `wrote ${shown}`;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return `${shown} is there already, and was left as it is.`;
    throw new KvbenchError(
      'usage',
      `${shown} can't be written: ${messageOf(error)}.`,
      'Name a writable directory with --dir.',
      { cause: error },
    );
  }
}
