import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TargetSpec } from '../config/target-spec.js';
import { KvbenchError } from '../errors.js';
import { type Guarded, StartFailure, startGuarded } from './guarded.js';
import { fillLaunch, type Launch, planLaunch, settingError } from './launch.js';
import { collectOutput, type Output } from './output.js';
import { linePattern } from './placeholders.js';
import { freePort, isPortFree } from './ports.js';
import { endTree } from './process-tree.js';
import { untilReady } from './ready.js';
import { listenersOf, ownerOf } from './sockets.js';
import { namesOf, type Trouble, whyEnded, whyNotReady } from './start-errors.js';
import { killedWarning, type RunningServer, type StartOptions } from './target.js';

const keptOutputChars = 4096;
const defaultReadyMs = 10_000;
const defaultStopMs = 5000;
/** How long to look for what a command that ended well may have left in the background. */
const daemonGraceMs = 1000;

/**
 * Starts a server as its config says, and waits until it is ready. Only its port is ever taken from
 * what it says: kvbench connects to 127.0.0.1. Throws a usage error for settings that can't be
 * right, and a `target` error with the server's last output if it does not come up; then nothing of
 * it is left.
 */
export async function startOwn(spec: TargetSpec, options: StartOptions): Promise<RunningServer> {
  const { instance, signal } = options;
  signal.throwIfAborted();
  const launch = await planLaunch(spec);
  const port = await choosePort(spec, launch, options);
  const needsTmp = launch.files.size > 0 || launch.mentions.has('tmp');
  const tmpDir = needsTmp ? await mkdtemp(join(tmpdir(), `kvbench-${spec.name}-`)) : null;
  const removeTmp = async () => {
    if (tmpDir !== null) await rm(tmpDir, { recursive: true, force: true, maxRetries: 3 });
  };
  let guarded: Guarded;
  try {
    const { command, env } = await fillLaunch(launch, {
      port: String(port ?? ''),
      addr: `127.0.0.1:${port ?? ''}`,
      // Of its own, for a part of the server that is not spoken to.
      port2: launch.mentions.has('port2') ? String(await freePort()) : '',
      tmp: tmpDir ?? '',
      artifact: options.artifact?.path ?? '',
      workers: String(options.workers ?? availableParallelism()),
    });
    guarded = await launchGuarded(spec, command, { ...options, env, port, tmpDir });
  } catch (error) {
    await removeTmp();
    throw error;
  }
  const output = collectOutput([guarded.stdout, guarded.stderr], keptOutputChars);

  let stopped: Promise<void> | null = null;
  const stopAll = async () => {
    await endServer(spec, guarded, options);
    await removeTmp();
  };
  const stop = () => {
    stopped ??= stopAll();
    return stopped;
  };
  /** The error, made when all has ended, so that it has the very last output. */
  const failWith = async ({ what, path, hint }: Trouble): Promise<never> => {
    await stop();
    throw new KvbenchError('target', `${instance} ${what} (${spec.place(...path)}).`, hint, {
      output: output.text(),
    });
  };

  const outcome = await waitUntilUp({ spec, guarded, output, port, signal }).catch(
    async (error) => {
      await stop();
      signal.throwIfAborted();
      throw error;
    },
  );
  if (typeof outcome !== 'number') return failWith(outcome);

  const died = guarded.ended.then((ending) => {
    if (stopped !== null) return new Promise<never>(() => {});
    return failWith(whyEnded(ending, guarded.tree.members(), 'while it was needed'));
  });
  died.catch(() => {});
  return {
    target: instance,
    origin: `http://127.0.0.1:${outcome}`,
    adminOrigin: null,
    pids: () => (stopped !== null ? [] : guarded.tree.members().map(({ pid }) => pid)),
    died,
    stop,
  };
}

/** The port that the server is going to have; null if it chooses that itself. */
async function choosePort(
  spec: TargetSpec,
  { port }: Launch,
  { port: wanted }: StartOptions,
): Promise<number | null> {
  if (wanted !== 0 && port !== 'told' && port !== wanted) {
    throw settingError(
      spec,
      ['start', port === 'said' ? 'command' : 'port'],
      port === 'said' ? 'chooses its port itself' : `listens on port ${port} only`,
      'Leave --port out.',
    );
  }
  if (port === 'said') return null;
  if (port === 'told' && wanted === 0) return freePort();
  const needed = port === 'told' ? wanted : port;
  if (await isPortFree(needed)) return needed;
  const owner = ownerOf(needed);
  const place = spec.place('start', port === 'told' ? 'command' : 'port');
  throw new KvbenchError(
    'target',
    `${spec.name} can't have port ${needed}: ${owner ? namesOf([owner]) : 'another process'} listens there (${place}).`,
    'End that, or let kvbench choose a free port: pass {port} or {addr} in the start command.',
  );
}

async function launchGuarded(
  spec: TargetSpec,
  command: readonly string[],
  options: Pick<StartOptions, 'cpus'> & {
    env: Record<string, string>;
    port: number | null;
    tmpDir: string | null;
  },
): Promise<Guarded> {
  const { env, cpus, port, tmpDir } = options;
  try {
    return await startGuarded(command, { cwd: spec.dir, env, cpus, stdin: true, port, tmpDir });
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error;
    const [file] = command;
    const what = error.isMissing
      ? `there is no command ${JSON.stringify(file)}`
      : `${JSON.stringify(file)} can't be run: ${error.message}`;
    throw new KvbenchError(
      'target',
      `${spec.name} can't be started: ${what} (${spec.place('start', 'command')}).`,
      'Install it, or correct start.command; a path is relative to the directory of the target.',
      { cause: error },
    );
  }
}

interface Starting {
  spec: TargetSpec;
  guarded: Guarded;
  output: Output;
  port: number | null;
  signal: AbortSignal;
}

/** The port on which the server answers, or what keeps it from that; rejects when aborted. */
async function waitUntilUp(starting: Starting): Promise<number | Trouble> {
  const { guarded, signal } = starting;
  const done = new AbortController();
  const until = AbortSignal.any([done.signal, signal]);
  const up = reachReady(starting, until);
  up.catch(() => {});
  try {
    return await Promise.race([
      up,
      guarded.ended.then(async (ending) => {
        const deadlineMs = performance.now() + daemonGraceMs;
        let left = guarded.tree.members();
        // One that leaves its parent and its session, and has no mark, shows when it listens.
        while (ending.exitCode === 0 && left.length === 0 && performance.now() < deadlineMs) {
          await delay(50);
          left = guarded.tree.members();
        }
        return whyEnded(ending, left, 'before it was ready');
      }),
    ]);
  } finally {
    done.abort();
  }
}

async function reachReady(
  { spec, guarded, output, port: given }: Starting,
  signal: AbortSignal,
): Promise<number | Trouble> {
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
  const readiness = await untilReady(`http://127.0.0.1:${port}`, ready, {
    timeoutMs: deadlineMs - performance.now(),
    signal,
    // Where a process comes from is best seen while its parents live.
    onPoll: () => guarded.tree.members(),
  });
  if (readiness.state === 'ready') return port;
  return whyNotReady({ ...about, port, readiness, listeners: listeners() });
}

function wrongPort({ start }: TargetSpec['settings'], said: number, told: number): Trouble {
  return {
    path: ['start', start?.port === undefined ? 'command' : 'port'],
    what: `says that it listens on port ${said}, and not on ${told} as it was told`,
    hint: 'Pass {port} or {addr} in the way that it takes its address, or leave both out if it chooses its port itself.',
  };
}

/** Tells all of the server to end, and the user about what did not. */
async function endServer(
  { settings, place }: TargetSpec,
  { tree, release }: Guarded,
  { instance, onWarning }: StartOptions,
): Promise<void> {
  const { signal = 'SIGTERM', timeoutMs = defaultStopMs } = settings.stop ?? {};
  const late = await endTree(tree, signal, timeoutMs);
  if (late.length > 0) {
    onWarning(
      killedWarning(
        instance,
        `${namesOf(late)} went on for ${timeoutMs / 1000} s after ${signal} (${place('stop')})`,
        'Have it end on that signal, or set stop.signal and stop.timeoutMs.',
      ),
    );
  }
  await release();
}
