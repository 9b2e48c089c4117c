import { chmod, copyFile, mkdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { messageOf } from '../../errors.js';
import {
  type CostContext,
  type CostSubject,
  eachRound,
  noneOf,
  type OpenPart,
  type Sample,
  type Samples,
  withServer,
} from '../part.js';
import { ask, type Said } from '../tools.js';

/** How large what is built is, what it links, and whether it needs anything else. */
export const openArtifact: OpenPart = async (subject, context) => {
  const { artifact } = subject;
  if (!artifact) {
    return eachRound(1, async () => noneOf('artifact', 'no single file comes of its build'));
  }
  return eachRound(1, async () => {
    const { path } = artifact;
    const sizes = await sizesOf(path, context);
    const linked = await librariesOf(path, context);
    return {
      'artifact.size': artifact.sizeBytes,
      ...sizes,
      ...linked,
      ...(await imageOf(subject, context)),
    };
  });
};

async function sizesOf(path: string, { work, signal }: CostContext): Promise<Samples> {
  const stripped = join(work, 'stripped');
  const done = await ask(['strip', '-o', stripped, path], { signal });
  const sections = await ask(['readelf', '-SW', path], { signal });
  const code = 'text' in sections ? textSectionBytes(sections.text) : null;
  return {
    'artifact.stripped': 'reason' in done ? done : (await stat(stripped)).size,
    'artifact.compressed': 'reason' in done ? done : await gzipBytes(stripped),
    'artifact.code':
      'reason' in sections ? sections : (code ?? { reason: 'it has no section .text' }),
  };
}

async function gzipBytes(path: string): Promise<number> {
  const options = { level: constants.Z_BEST_COMPRESSION };
  return (await promisify(gzip)(await readFile(path), options)).length;
}

/** The size of `.text` in what `readelf -SW` prints: name, type, address, offset, size in hexadecimal. */
export function textSectionBytes(text: string): number | null {
  const size = /\s\.text\s+\S+\s+[0-9a-f]+\s+[0-9a-f]+\s+([0-9a-f]+)/.exec(text)?.[1];
  return size === undefined ? null : Number.parseInt(size, 16);
}

async function librariesOf(path: string, { signal }: CostContext): Promise<Samples> {
  const dynamic = await ask(['readelf', '-dW', path], { signal });
  if ('reason' in dynamic) return { 'artifact.libraries': dynamic };
  const names = [...dynamic.text.matchAll(/\(NEEDED\).*\[(.+?)\]/g)].map(([, name = '']) => name);
  return { 'artifact.libraries': { value: names.length, detail: names.join(', ') || 'none' } };
}

/** Whether it runs with nothing beside it, and else with what its loader names. */
async function imageOf(subject: CostSubject, context: CostContext): Promise<Samples> {
  const { path, sizeBytes } = subject.artifact as NonNullable<CostSubject['artifact']>;
  const both = (sample: Sample): Samples => ({
    'artifact.alone': sample,
    'artifact.image': sample,
  });
  const { start } = subject.spec?.settings ?? {};
  if (start && (typeof start.command === 'string' || start.command[0] !== '{artifact}')) {
    return both({ reason: 'its start command does not begin with {artifact}' });
  }
  const allowed = await ask([...inRoot('/'), 'true'], context);
  if ('reason' in allowed) {
    return both({ reason: `no process can be put into a root of its own here: ${allowed.reason}` });
  }
  const empty = join(context.work, 'empty-root');
  await place(path, empty, '/server');
  const alone = await runsIn(empty, subject, context);
  if (alone === null) {
    return {
      'artifact.alone': 1,
      'artifact.image': { value: sizeBytes, detail: 'the file alone' },
    };
  }
  const libraries = loaded(await ask(['ldd', path], context));
  const root = join(context.work, 'root');
  await place(path, root, '/server');
  let bytes = sizeBytes;
  for (const library of libraries) {
    await place(library, root, library);
    bytes += (await stat(library)).size;
  }
  const whole = await runsIn(root, subject, context);
  return {
    'artifact.alone': { value: 0, detail: alone },
    'artifact.image':
      whole === null
        ? { value: bytes, detail: `with ${libraries.join(', ')}` }
        : {
            reason: `with its ${libraries.length} libraries beside it, it does not start: ${whole}`,
          },
  };
}

/** A new user namespace, in which an ordinary user may change the root. */
function inRoot(root: string): string[] {
  return ['unshare', '--user', '--map-root-user', 'chroot', root];
}

async function place(from: string, root: string, to: string): Promise<void> {
  const path = join(root, to);
  await mkdir(dirname(path), { recursive: true });
  await copyFile(from, path);
  await chmod(path, 0o755);
}

/** Null if it comes up and answers there, else why not. */
async function runsIn(
  root: string,
  subject: CostSubject,
  { start }: CostContext,
): Promise<string | null> {
  const wrap = ([, ...args]: readonly string[]) => [...inRoot(root), '/server', ...args];
  try {
    await withServer(
      () => start(subject, { wrap }),
      async () => {},
    );
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

/** Paths of what the loader would load, itself included, as `ldd` prints them. */
export function loaded(said: Said): string[] {
  if ('reason' in said) return [];
  return [...said.text.matchAll(/(?:=>\s+|^\s+)(\/\S+)\s+\(0x/gm)].map(([, path = '']) => path);
}
