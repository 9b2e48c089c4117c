import { createHash, createHmac, randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Mask, maskedRequests } from '../config/mask.js';
import type { RequestSet } from '../config/requests.js';
import { KvbenchError } from '../errors.js';
import type { RunResult } from '../result/schema.js';
import type { Target } from '../targets/target.js';
import { userPaths } from './paths.js';

type Env = Readonly<Record<string, string | undefined>>;

/** Targets as a result keeps them, under the names that they have in it. */
export function recordedTargets(
  names: readonly string[],
  targetFor: (name: string) => Target,
  env: Env = process.env,
): RunResult['targets'] {
  const mask = keyedMask(env);
  return names.map((name) => {
    const { source, url, requests } = targetFor(name);
    return { name, source, url, requests: maskedRequests(requests, mask) };
  });
}

/** Requests with all that may be a secret masked. */
export function recordedRequests(requests: RequestSet, env: Env = process.env): RequestSet {
  return maskedRequests(requests, keyedMask(env));
}

/**
 * `masked:` and a hash, under a key that only this user has, so that nobody else can try out what
 * was hashed; and before it which key that was. The key is read when it is first needed.
 */
function keyedMask(env: Env): Mask {
  let key: Buffer | null = null;
  return (name, value) => {
    key ??= givenKey(env) ?? storedKey(userPaths(env).maskKey);
    const keyId = createHash('sha256').update(key).digest('hex').slice(0, 8);
    const hash = createHmac('sha256', key)
      .update(JSON.stringify([name, value]))
      .digest('hex');
    return `masked:${keyId}:${hash.slice(0, 16)}`;
  };
}

const variable = 'KVBENCH_MASK_KEY';
const keyBytes = 32;

/** For machines whose results are to compare: one key on all of them. */
function givenKey(env: Env): Buffer | null {
  const text = env[variable];
  if (!text) return null;
  if (text.length < keyBytes) {
    throw new KvbenchError(
      'usage',
      `${variable} has ${text.length} characters, and could be guessed.`,
      `Give it ${keyBytes} or more at random, as \`openssl rand -hex 32\` prints.`,
    );
  }
  return Buffer.from(text);
}

/** The key of this user on this machine; one for this time alone where none can be kept. */
function storedKey(path: string): Buffer {
  const fresh = randomBytes(keyBytes);
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // Whole, or not there: another kvbench may be at the same point.
    const own = join(dirname(path), `.mask-${process.pid}-${fresh.toString('hex').slice(0, 8)}`);
    writeFileSync(own, fresh, { mode: 0o600, flag: 'wx' });
    try {
      linkSync(own, path);
      return fresh;
    } catch {
      const stored = readFileSync(path);
      chmodSync(path, 0o600);
      return stored.length === keyBytes ? stored : fresh;
    } finally {
      rmSync(own, { force: true });
    }
  } catch {
    return fresh;
  }
}
