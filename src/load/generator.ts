import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { packagePath } from '../package.js';
import type { Engine, EngineReply, EngineRequest, Workload } from './protocol.js';

/** An engine in a process of its own, so that nothing else that we do delays a request. */
export interface Generator extends Engine {
  stop(): Promise<void>;
}

/**
 * Starts the generator's process; `pin` wraps its command to bind it to CPUs. A call rejects if
 * the process ends before it has answered.
 */
export function startGenerator(
  workload: Workload,
  pin: (command: readonly string[]) => string[],
): Generator {
  const [file = '', ...args] = pin([process.execPath, packagePath('dist/load/worker.js')]);
  const child = spawn(file, args, {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // Not in the terminal's group: on Ctrl-C the parent decides when it ends.
    detached: true,
  });
  const waiting = new Map<
    number,
    { resolve: (value: never) => void; reject: (e: Error) => void }
  >();
  let nextId = 0;
  let stderr = '';
  let failure: Error | null = null;

  const fail = (error: Error) => {
    failure ??= error;
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-4096);
  });
  child.on('error', fail);
  child.on('exit', (code, signal) => {
    fail(new Error(`the load generator ended (${signal ?? `exit code ${code}`}) ${stderr}`.trim()));
  });
  child.on('message', (reply: EngineReply) => {
    const call = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (reply.ok) call?.resolve(reply.value as never);
    else call?.reject(new Error(`the load generator failed: ${reply.message}`));
  });
  // A failure to send shows as the process's exit.
  const send = (message: EngineRequest | { workload: Workload }) => child.send(message, () => {});
  const call = <T>(request: (id: number) => EngineRequest): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (failure) return reject(failure);
      const id = nextId++;
      waiting.set(id, { resolve, reject });
      send(request(id));
    });

  send({ workload });
  return {
    preload: (endpoint) => call((id) => ({ id, call: 'preload', endpoint })),
    load: (endpoint, spec) => call((id) => ({ id, call: 'load', endpoint, spec })),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
