import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'undici';
import type { TargetSpec } from '../config/target-spec.js';

export type Ready = NonNullable<TargetSpec['settings']['ready']>;

/** How far a server got: it answers, or it answers with a wrong status, or it only takes connections. */
export type Readiness =
  | { state: 'ready' }
  | { state: 'status'; status: number }
  | { state: 'mute' }
  | { state: 'closed' };

const pollMs = 25;
const answerTimeoutMs = 2000;

/**
 * Asks a server until it is ready, or the time is up; then tells how far it ever got. `onPoll` is
 * called before each try. Rejects when the signal aborts.
 */
export async function untilReady(
  origin: string,
  ready: Ready | undefined,
  options: { timeoutMs: number; signal: AbortSignal; onPoll?: () => void },
): Promise<Readiness> {
  const deadlineMs = performance.now() + options.timeoutMs;
  let furthest: Readiness = { state: 'closed' };
  for (;;) {
    options.onPoll?.();
    const readiness = await probe(origin, ready, deadlineMs - performance.now());
    // The last try has the least time: what was seen before counts more.
    if (rank[readiness.state] >= rank[furthest.state]) furthest = readiness;
    if (furthest.state === 'ready' || performance.now() >= deadlineMs) return furthest;
    await delay(pollMs, null, { signal: options.signal });
  }
}

const rank = { closed: 0, mute: 1, status: 2, ready: 3 };

async function probe(origin: string, ready: Ready | undefined, leftMs: number): Promise<Readiness> {
  const timeoutMs = Math.max(1, Math.ceil(Math.min(answerTimeoutMs, leftMs)));
  if (!(await takesConnections(origin, timeoutMs))) return { state: 'closed' };
  if (!ready || !('http' in ready)) return { state: 'ready' };
  const status = await statusOf(origin, ready.http, timeoutMs);
  if (status === null) return { state: 'mute' };
  const isRight =
    ready.status === undefined ? status >= 200 && status < 300 : status === ready.status;
  return isRight ? { state: 'ready' } : { state: 'status', status };
}

function takesConnections(origin: string, timeoutMs: number): Promise<boolean> {
  const { hostname, port, protocol } = new URL(origin);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port || (protocol === 'https:' ? 443 : 80)) });
    const end = (isOpen: boolean) => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.setTimeout(timeoutMs, () => end(false));
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}

async function statusOf(origin: string, path: string, timeoutMs: number): Promise<number | null> {
  const client = new Client(origin, { headersTimeout: timeoutMs, bodyTimeout: timeoutMs });
  try {
    const { statusCode, body } = await client.request({ path, method: 'GET' });
    // An answer without an end is one all the same.
    body.on('error', () => {});
    return statusCode;
  } catch {
    return null;
  } finally {
    await client.destroy();
  }
}
