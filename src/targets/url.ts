import { resolve } from 'node:path';
import type { TargetSpec } from '../config/target-spec.js';
import { isLoopback, rootUrl, shownUrl } from '../config/url.js';
import { codeOf, KvbenchError, messageOf } from '../errors.js';
import { readText } from '../files.js';
import { readStat, treeFrom } from '../processes/process-tree.js';
import { settingError } from './launch.js';
import { untilReady } from './ready.js';
import type { RunningServer, StartOptions } from './target.js';

/** The URL of a server that runs already; a usage error if it is none, or not on this machine. */
export function checkUrl(
  spec: TargetSpec,
  text: string,
  { allowRemote }: { allowRemote: boolean },
): URL {
  const url = rootUrl(text);
  if (!url) {
    throw settingError(
      spec,
      ['url'],
      `has a url that is not the root of an HTTP server: ${JSON.stringify(shownUrl(text))}`,
      'Give it as http://127.0.0.1:8080, and the paths in requests.',
    );
  }
  if (!allowRemote && !isLoopback(url)) {
    throw settingError(
      spec,
      ['url'],
      `is on another machine: ${url.origin}`,
      'Load goes to this machine only; add --allow-remote if you may load that one.',
    );
  }
  return url;
}

/** Makes sure that a server that runs already can be reached; it is never stopped. */
export async function startUrl(
  spec: TargetSpec,
  origin: string,
  { instance, signal }: StartOptions,
): Promise<RunningServer> {
  const { ready } = spec.settings;
  signal.throwIfAborted();
  const pid = await readPid(spec);
  // It runs already: there is nothing to wait for, unless somebody says so.
  const timeoutMs = ready?.timeoutMs ?? 1000;
  const readiness = await untilReady(() => origin, ready, { timeoutMs, signal }).catch((error) => {
    signal.throwIfAborted();
    throw error;
  });
  const fail = (what: string, hint: string, path: string) => {
    throw new KvbenchError('target', `${instance} ${what} (${spec.place(path)}).`, hint);
  };
  const wanted = ready && 'http' in ready ? ready.http : '/';
  if (readiness.state === 'closed') {
    fail(
      `can't be reached: no server listens at ${origin}`,
      'Start it first, or correct "url".',
      'url',
    );
  }
  if (readiness.state === 'plain') {
    fail(
      `answers in plain HTTP at ${origin}, and is asked for TLS`,
      'Give its "url" with http:// in place of https://.',
      'url',
    );
  }
  if (readiness.state === 'silent') {
    fail(
      `takes connections at ${origin}, but does not answer GET ${wanted}`,
      'Look at what it is doing, or ask another path with ready.http.',
      'ready',
    );
  }
  if (readiness.state === 'status') {
    fail(
      `answers GET ${wanted} with ${readiness.status}, so it is not ready`,
      'Correct ready.http, or give the right answer as ready.status.',
      'ready',
    );
  }
  const tree = pid === null ? null : treeFrom(pid);
  const watch = watchPid(pid, () => {
    const setting = spec.settings.pid === undefined ? 'pidFile' : 'pid';
    return new KvbenchError(
      'target',
      `${instance} ended while it was needed: its process ${pid} is gone (${spec.place(setting)}).`,
      'Start it again; its own log may tell why.',
    );
  });
  return {
    target: instance,
    origin,
    adminOrigin: null,
    startedMs: null,
    pids: () => tree?.counted().map((process) => process.pid) ?? [],
    died: watch.died,
    stop: async () => watch.stop(),
  };
}

const watchEveryMs = 250;

/** Rejects once the process is gone; that of a server whose pid nobody has told is not missed. */
function watchPid(pid: number | null, error: () => KvbenchError) {
  let timer: NodeJS.Timeout | undefined;
  const died = new Promise<never>((_, reject) => {
    if (pid === null) return;
    // Another process may have its pid by the next look.
    const first = readStat(pid)?.startTicks;
    const isThere = () =>
      first === undefined ? isRunning(pid) : readStat(pid)?.startTicks === first;
    timer = setInterval(() => isThere() || reject(error()), watchEveryMs);
  });
  died.catch(() => {});
  return { died, stop: () => clearInterval(timer) };
}

/** Whether there is a process of that pid, be it ours or not. */
function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** A pid has a few digits; servers write their arguments below it. */
const maxPidFileBytes = 2 ** 16;

/** The pid that is written in the config or in a file that it names; null if there is none. */
async function readPid(spec: TargetSpec): Promise<number | null> {
  const { pid, pidFile } = spec.settings;
  const path = pidFile === undefined ? 'pid' : 'pidFile';
  const fail = (what: string, hint: string) =>
    new KvbenchError('target', `${spec.name} ${what} (${spec.place(path)}).`, hint);
  let found = pid ?? null;
  if (pidFile !== undefined) {
    const file = resolve(spec.dir, pidFile);
    const text = await readText(file, maxPidFileBytes).catch((error) => {
      throw fail(
        `has a pid file that can't be read: ${messageOf(error)}`,
        'Start the server first, or correct "pidFile", which is relative to its directory.',
      );
    });
    found = /^\s*(\d{1,9})\s*(\n|$)/.test(text) ? Number.parseInt(text, 10) : null;
    if (found === null) {
      throw fail(`has a pid file without a pid in its first line: ${file}`, 'Correct "pidFile".');
    }
  }
  if (found !== null && !isRunning(found)) {
    throw fail(
      `has the pid ${found}, and there is no such process`,
      'Give the pid that the server has now, or a pidFile that it writes itself.',
    );
  }
  return found;
}
