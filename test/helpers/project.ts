import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadProject } from '../../src/api/project.js';
import type { KvbenchError } from '../../src/errors.js';

/** A directory of a test's own, the root of a repository, with these files in it. */
export async function directoryWith(files: Record<string, string> = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'kvbench-config-'));
  await mkdir(join(dir, '.git'));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), text);
  }
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}

/** The project of one config file. */
export async function projectOf(text: string, name = 'kvbench.config.json') {
  const { dir, remove } = await directoryWith({ [name]: text });
  try {
    return await loadProject(dir, null);
  } finally {
    await remove();
  }
}

/** The error that is expected, as one text; it must be a sentence and a way to mend it. */
export async function mistakeOf(attempt: () => unknown): Promise<string> {
  try {
    await attempt();
  } catch (error) {
    const { message, hint, exitCode } = error as KvbenchError;
    if (exitCode !== 2) throw error;
    if (!/^[^\n]+\.$/.test(message) || !/^[^\n]+\.$/.test(hint)) {
      throw new Error(`not two sentences: ${message} / ${hint}`);
    }
    return `${message} ${hint}`;
  }
  throw new Error('there was no error');
}
