import { constants, createReadStream, openSync, writeFile as writeFileTo } from 'node:fs';
import { access, mkdir, realpath, stat, statfs, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { dirname, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import writeFileAtomic from 'write-file-atomic';
import { codeOf, messageOf } from './errors.js';

/** File systems whose files are the kernel's own, by the numbers that statfs gives: proc, sysfs, cgroup. */
const pseudo: ReadonlySet<number> = new Set([0x9fa0, 0x62656572, 0x63677270, 0x27e0eb]);

/**
 * Makes a directory and those above it. In a pseudo-filesystem there is nothing to be made, and trying
 * never ends: that fails at once, as does a path of which a part is a file.
 */
export async function makeDirectory(path: string): Promise<void> {
  const existing = await nearestDirectory(resolve(path));
  if (existing === resolve(path)) return;
  const { type } = await statfs(existing);
  if (pseudo.has(Number(type))) {
    throw Object.assign(new Error(`${existing} is no place for files`), { code: 'EROFS' });
  }
  await access(existing, constants.W_OK);
  await mkdir(path, { recursive: true });
}

async function nearestDirectory(path: string): Promise<string> {
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) return path;
    throw Object.assign(new Error(`${path} is not a directory`), { code: 'ENOTDIR' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const parent = dirname(path);
    if (parent === path) throw error;
    return nearestDirectory(parent);
  }
}

/** The number of the descriptor of ours that a path names, as /dev/stdout; null: another file. */
function ownEnd(path: string): number | null {
  const [, name, number] = /^\/dev\/(?:(stdout|stderr)|fd\/(\d+))$/.exec(path) ?? [];
  if (name !== undefined) return name === 'stdout' ? 1 : 2;
  return number === undefined ? null : Number(number);
}

/** By its number: a socket, which many a parent gives, can't be opened by its name. */
const writeToEnd = promisify<number, string, void>(writeFileTo);

/**
 * Writes a text to where a path leads, through links: a regular file whole or not at all, so that a
 * reader never sees half of it; a device, a pipe or whatever else is there is written to, and stays.
 */
export async function writeWhole(path: string, text: string, mode?: number): Promise<void> {
  const existing = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (existing?.isDirectory()) {
    throw Object.assign(new Error('it is a directory'), { code: 'EISDIR' });
  }
  const own = ownEnd(path);
  if (own !== null) return writeToEnd(own, text);
  if (existing && !existing.isFile()) return writeFile(path, text);
  const target = existing ? await realpath(path) : path;
  await writeFileAtomic(target, text, mode === undefined ? {} : { mode });
}

/**
 * The bytes of whatever a path leads to. A named pipe is waited for without blocking: opened in the
 * usual way it holds a thread until somebody writes, and not even `process.exit` ends that. Errors are
 * those of the system.
 */
export async function openInput(path: string, signal?: AbortSignal): Promise<Readable> {
  const stats = await stat(path);
  if (!stats.isFIFO()) {
    return createReadStream(path, { highWaterMark: 2 ** 20, ...(signal && { signal }) });
  }
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false, ...(signal && { signal }) });
}

/** Why a file could not be read, as a clause. */
export function whyUnreadable(error: unknown): string {
  const reasons: Record<string, string> = {
    ENOENT: 'there is no such file',
    ENOTDIR: 'there is no such file',
    EISDIR: 'it is a directory',
    EACCES: 'it may not be read',
  };
  return reasons[codeOf(error) ?? ''] ?? messageOf(error);
}

/** What is larger than it may be: `message` is a clause. */
class TooLarge extends Error {}

/**
 * A text file of at most so many bytes, be it a device that never ends; without a byte order mark.
 * Throws `TooLarge`, or an error of the system.
 */
export async function readText(
  path: string,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of await openInput(path, signal)) {
    size += (chunk as Buffer).length;
    if (size > maxBytes) throw new TooLarge(`it is larger than ${maxBytes / 2 ** 20} MiB`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
}
