import { setTimeout as delay } from 'node:timers/promises';
import type { TargetSpec } from '../config/target-spec.js';
import type { Guarded } from '../processes/guarded.js';
import type { Output } from './output.js';
import { linePattern } from './placeholders.js';
import { takesConnections, untilReady } from './ready.js';
import { type Listener, listenersOf, ownerOf, takesLoopback } from './sockets.js';
import { type Trouble, whyEnded, whyNotReady, whyUnproven } from './start-errors.js';

const defaultReadyMs = 10_000;
/** How long to look for what a command that ended well may have left in the background. */
const daemonGraceMs = 1000;

interface Starting {
  spec: TargetSpec;
  guarded: Guarded;
  output: Output;
  port: number | null;
  /** How often it is asked whether it is ready. */
  pollMs?: number | undefined;
  signal: AbortSignal;
}

/** Where the server answers. */
export interface Reached {
  origin: string;
  port: number;
}

/** Where the server answers, or what keeps it from that; rejects when aborted. */
export async function waitUntilUp(starting: Starting): Promise<Reached | Trouble> {
  const { guarded, port, signal } = starting;
  const done = new AbortController();
  const until = AbortSignal.any([done.signal, signal]);
  const up = reachReady(starting, until);
  up.catch(() => {});
  try {
    return await Promise.race([
      up,
      guarded.ended.then(async (ending) => {
        // It has been up, or nobody waits for it any more.
        if (until.aborted) return new Promise<never>(() => {});
        const deadlineMs = performance.now() + daemonGraceMs;
        let left = guarded.tree.members();
        while (ending.exitCode === 0 && left.length === 0 && performance.now() < deadlineMs) {
          await delay(50);
          left = guarded.tree.members();
        }
        const owner = ending.exitCode === 0 && left.length === 0 && port ? ownerOf(port) : null;
        if (owner && port) return whyUnproven(owner, port);
        return whyEnded(ending, left, 'before it was ready');
      }),
    ]);
  } finally {
    done.abort();
  }
}

async function reachReady(
  { spec, guarded, output, port: given, pollMs }: Starting,
  signal: AbortSignal,
): Promise<Reached | Trouble> {
  const { settings } = spec;
  const { ready } = settings;
  const timeoutMs = ready?.timeoutMs ?? defaultReadyMs;
  const deadlineMs = performance.now() + timeoutMs;
  const listeners = () => listenersOf(guarded.tree.members().map(({ pid }) => pid));
  const about = { settings, port: given, timeoutMs };
  let port = given;
  if (ready && 'line' in ready) {
    const match = await Promise.race([
      output.line(linePattern(ready.line)),
      delay(timeoutMs, null, { signal }),
    ]);
    if (!match) return whyNotReady({ ...about, readiness: { state: 'no-line' }, listeners: [] });
    const said = match.groups?.['port'];
    port = said === undefined ? given : Number(said);
    if (port !== null && given !== null && port !== given) return wrongPort(settings, port, given);
  }
  if (port === null || port < 1 || port > 65_535) {
    return {
      path: ['ready', 'line'],
      what: `said that it listens on port ${port}, which is none`,
      hint: 'Correct ready.line: {port} must stand where the port is.',
    };
  }
  const reached = { origin: `http://127.0.0.1:${port}`, port };
  const at6 = `http://[::1]:${port}`;
  const originNow = async (wasClosed: boolean) => {
    // Where a process comes from is best seen while its parents live.
    guarded.tree.members();
    if (wasClosed && (await takesConnections(at6)) && isOnlyOn6(listeners(), reached.port)) {
      reached.origin = at6;
    }
    return reached.origin;
  };
  const timeLeftMs = deadlineMs - performance.now();
  const readiness = await untilReady(originNow, ready, {
    timeoutMs: timeLeftMs,
    signal,
    ...(pollMs !== undefined && { pollMs }),
  });
  if (readiness.state === 'ready') return reached;
  if (readiness.state === 'plain') throw new Error('a server that is started is not asked for TLS');
  return whyNotReady({ ...about, port, readiness, listeners: listeners() });
}

/** Whether all that listens on the port is at ::1, as `localhost` is on many machines. */
function isOnlyOn6(listeners: readonly Listener[], port: number): boolean {
  const there = listeners.filter((listener) => listener.port === port);
  return (
    there.some(({ address }) => address === '::1') &&
    !there.some((listener) => takesLoopback(listener, port))
  );
}

function wrongPort({ start }: TargetSpec['settings'], said: number, told: number): Trouble {
  return {
    path: ['start', start?.port === undefined ? 'command' : 'port'],
    what: `says that it listens on port ${said}, and not on ${told} as it was told`,
    hint: 'Pass {port} or {addr} in the way that it takes its address, or leave both out if it chooses its port itself.',
  };
}
