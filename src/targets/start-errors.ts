import type { TargetSpec } from '../config/target-spec.js';
import type { Ending } from '../processes/guarded.js';
import type { Readiness } from './ready.js';
import { type Listener, takesLoopback } from './sockets.js';

/** What is wrong with a server, where in the config that is decided, and how to mend it. */
export interface Trouble {
  what: string;
  path: readonly string[];
  hint: string;
}

/** Why a server is not there any more, though nobody has told it to end. */
export function whyEnded(
  { exitCode, signal }: Ending,
  leftBehind: readonly { pid: number; name: string }[],
  when: string,
): Trouble {
  const path = ['start', 'command'];
  const below = 'Its last output, if there is any, is below.';
  if (exitCode === 0 && leftBehind.length > 0) {
    return {
      path,
      what: `went to the background: its start command ended and left ${namesOf(leftBehind)} behind`,
      hint: 'Keep it in the foreground, as nginx does with "daemon off;" and others without --daemonize or a last &.',
    };
  }
  if (exitCode === 127) {
    return {
      path,
      what: `exited with code 127 ${when}, as a shell does that finds no such command`,
      hint: `Install the command, or correct its path. ${below}`,
    };
  }
  const how =
    signal !== null
      ? `was ended by ${signal}`
      : exitCode === null
        ? 'lost its guard process, which was killed,'
        : `exited with code ${exitCode}`;
  return { path, what: `${how} ${when}`, hint: `${below} Try its command by hand.` };
}

/** A process that listens where the server was to, and that nothing but this joins to it. */
export function whyUnproven(owner: { pid: number; name: string }, port: number): Trouble {
  return {
    path: ['start', 'command'],
    what: `ended its start command well, and ${namesOf([owner])} listens on port ${port} now: nothing proves that the server left that behind, so it was let be`,
    hint: 'If it is the server, end it by hand, and keep it in the foreground, as nginx does with "daemon off;".',
  };
}

/** Names and pids, as `nginx (pid 12) and nginx (pid 13)`. */
export function namesOf(processes: readonly { pid: number; name: string }[]): string {
  const names = processes.slice(0, 3).map(({ pid, name }) => `${name || 'a process'} (pid ${pid})`);
  const more = processes.length - names.length;
  return names.join(' and ') + (more > 0 ? ` and ${more} more` : '');
}

interface Unready {
  settings: TargetSpec['settings'];
  readiness: Exclude<Readiness, { state: 'ready' | 'plain' }> | { state: 'no-line' };
  port: number | null;
  timeoutMs: number;
  /** Where its processes listen. */
  listeners: readonly Listener[];
}

/** Why a server that runs is not ready when its time is up. */
export function whyNotReady(unready: Unready): Trouble {
  const { settings, readiness, port, timeoutMs, listeners } = unready;
  const { ready, start } = settings;
  const within = `within ${timeoutMs / 1000} s`;
  const raise = 'raise ready.timeoutMs if it only needs longer';
  const path = ready && 'http' in ready ? ready.http : '';
  const told = start?.port === undefined ? ['start', 'command'] : ['start', 'port'];
  switch (readiness.state) {
    case 'status': {
      const wanted = (ready && 'status' in ready && ready.status) || '2xx';
      return {
        path: ['ready', 'http'],
        what: `answers GET ${path} with ${readiness.status}, not ${wanted}: it is asked for readiness by the wrong path, or is not ready ${within}`,
        hint: `Correct ready.http, or give ${readiness.status} as ready.status if that is right, or ${raise}.`,
      };
    }
    case 'silent':
      return {
        path: ['ready', 'http'],
        what: `takes connections, but did not answer GET ${path} ${within}`,
        hint: `Correct ready.http, or ${raise}.`,
      };
    case 'no-line': {
      const line = ready && 'line' in ready ? ready.line : '';
      return {
        path: ['ready', 'line'],
        what: `did not print a line with ${JSON.stringify(line)} ${within}`,
        hint: `Correct ready.line, which must be part of one line of its output, or ${raise}.`,
      };
    }
    case 'closed': {
      const [elsewhere] = listeners.filter(
        (listener) => port === null || !takesLoopback(listener, port),
      );
      if (!elsewhere) {
        return {
          path: ['start', 'command'],
          what: `did not listen on 127.0.0.1:${port} ${within}`,
          hint: `See its last output below, if there is any; ${raise}.`,
        };
      }
      const { address } = elsewhere;
      const host = address.includes(':') ? `[${address}]` : address;
      return {
        path: told,
        what: `listens on ${host}:${elsewhere.port}, and not on 127.0.0.1:${port} as it was told`,
        hint: 'Pass {port} or {addr} in the way that it takes its address, or give the port that it always has as start.port.',
      };
    }
  }
}
