import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { Client } from 'undici';
import type { TargetSpec } from '../config/target-spec.js';
import { codeOf } from '../errors.js';

export type Ready = NonNullable<TargetSpec['settings']['ready']>;

/**
 * How far a server got: it answers, or it answers with a wrong status, or it only takes connections.
 * `plain`: it is asked for TLS, and speaks HTTP without.
 */
export type Readiness =
  | { state: 'ready' }
  | { state: 'plain' }
  | { state: 'status'; status: number }
  | { state: 'silent' }
  | { state: 'closed' };

const defaultPollMs = 25;
const answerTimeoutMs = 2000;

/**
 * Asks a server until it is ready, or the time is up; then tells how far it ever got. `originNow` is
 * asked before each try, and told whether the last one met nobody. Rejects when the signal aborts.
 */
export async function untilReady(
  originNow: (wasClosed: boolean) => string | Promise<string>,
  ready: Ready | undefined,
  options: { timeoutMs: number; pollMs?: number; signal: AbortSignal },
): Promise<Readiness> {
  const { pollMs = defaultPollMs } = options;
  const deadlineMs = performance.now() + options.timeoutMs;
  let furthest: Readiness = { state: 'closed' };
  let wasClosed = false;
  for (;;) {
    const origin = await originNow(wasClosed);
    const readiness = await probe(origin, ready, deadlineMs - performance.now());
    wasClosed = readiness.state === 'closed';
    // The last try has the least time: what was seen before counts more.
    if (rank[readiness.state] >= rank[furthest.state]) furthest = readiness;
    const isSettled = furthest.state === 'ready' || furthest.state === 'plain';
    if (isSettled || performance.now() >= deadlineMs) return furthest;
    await delay(pollMs, null, { signal: options.signal });
  }
}

const rank = { closed: 0, silent: 1, status: 2, plain: 3, ready: 4 };

async function probe(origin: string, ready: Ready | undefined, leftMs: number): Promise<Readiness> {
  const timeoutMs = Math.max(1, Math.ceil(Math.min(answerTimeoutMs, leftMs)));
  if (!(await takesConnections(origin, timeoutMs))) return { state: 'closed' };
  if (await isPlain(origin, timeoutMs)) return { state: 'plain' };
  if (!ready || !('http' in ready)) return { state: 'ready' };
  const status = await statusOf(origin, ready.http, timeoutMs);
  if (status === null) return { state: 'silent' };
  const isRight =
    ready.status === undefined ? status >= 200 && status < 300 : status === ready.status;
  return isRight ? { state: 'ready' } : { state: 'status', status };
}

/** Whether a server that is to speak TLS answers a handshake with something else, and HTTP with HTTP. */
async function isPlain(origin: string, timeoutMs: number): Promise<boolean> {
  const url = new URL(origin);
  if (url.protocol !== 'https:') return false;
  const isOther = await new Promise<boolean>((resolve) => {
    // Whose certificate it is does not matter here.
    const socket = connectTls({ ...addressOf(url), rejectUnauthorized: false });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => end(false));
    socket.once('secureConnect', () => end(false));
    socket.once('error', (error) => end(/^(ERR_SSL_|EPROTO)/.test(codeOf(error) ?? '')));
  });
  const { host, port } = addressOf(url);
  const plain = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return isOther && (await statusOf(plain, '/', timeoutMs)) !== null;
}

function addressOf({ hostname, port, protocol }: URL) {
  const host = hostname.replace(/^\[|\]$/g, '');
  return { host, port: Number(port || (protocol === 'https:' ? 443 : 80)) };
}

/** Whether somebody listens there. */
export function takesConnections(
  origin: string,
  timeoutMs: number = answerTimeoutMs,
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(addressOf(new URL(origin)));
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
