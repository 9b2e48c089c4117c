import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TargetSpec } from '../config/target-spec.js';
import { KvbenchError } from '../errors.js';
import { endTree } from '../processes/end-tree.js';
import { type Guarded, StartFailure, startGuarded } from '../processes/guarded.js';
import type { Warning } from '../result/schema.js';
import { fillLaunch, type Launch, planLaunch, settingError } from './launch.js';
import { collectOutput } from './output.js';
import { freePort, isPortFree } from './ports.js';
import { ownerOf } from './sockets.js';
import { namesOf, type Trouble, whyEnded } from './start-errors.js';
import { killedWarning, type RunningServer, type StartOptions } from './target.js';
import { waitUntilUp } from './up.js';

const keptOutputChars = 4096;
const defaultStopMs = 5000;
/**
 * Starts a server as its config says, and waits until it is ready. Only its port is ever taken from
 * what it says: kvbench connects to 127.0.0.1, or to ::1 where it listens there alone. Throws a usage error for settings that can't be
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
    const { wrap = (own: readonly string[]) => own } = options;
    guarded = await launchGuarded(spec, wrap(command), { ...options, env, tmpDir });
  } catch (error) {
    await removeTmp();
    throw error;
  }
  // Its guard, which takes longer to start than many servers, is up by now.
  const startedMs = performance.now();
  const output = collectOutput([guarded.stdout, guarded.stderr], keptOutputChars);

  let stopped: Promise<void> | null = null;
  let reached = port;
  const stopAll = async () => {
    await endServer(spec, guarded, options);
    await removeTmp();
    // It was free before.
    const owner = reached === null || (await isPortFree(reached)) ? null : ownerOf(reached);
    if (owner) options.onWarning(unproven(instance, owner, `port ${reached}`, spec));
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

  const outcome = await waitUntilUp({
    spec,
    guarded,
    output,
    port,
    signal,
    pollMs: options.pollMs,
  }).catch(async (error) => {
    await stop();
    signal.throwIfAborted();
    throw error;
  });
  if (!('origin' in outcome)) return failWith(outcome);
  const { origin } = outcome;
  reached = outcome.port;

  const died = guarded.ended.then((ending) => {
    if (stopped !== null) return new Promise<never>(() => {});
    return failWith(whyEnded(ending, guarded.tree.members(), 'while it was needed'));
  });
  died.catch(() => {});
  return {
    target: instance,
    origin,
    adminOrigin: null,
    startedMs,
    pids: () => (stopped !== null ? [] : guarded.tree.counted().map(({ pid }) => pid)),
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
    tmpDir: string | null;
  },
): Promise<Guarded> {
  const { env, cpus, tmpDir } = options;
  try {
    return await startGuarded(command, { cwd: spec.dir, env, cpus, stdin: true, tmpDir });
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

function unproven(
  instance: string,
  owner: { pid: number; name: string },
  where: string,
  { place }: TargetSpec,
): Warning {
  return {
    code: 'left-behind',
    message: `${instance} has ended, and ${namesOf([owner])} listens on ${where}: nothing proves that the server left that behind, so it was let be (${place('start', 'command')}).`,
    advice: 'If it is the server, end it by hand, and have it stay in the foreground.',
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
