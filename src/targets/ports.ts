import { createServer } from 'node:net';
import { codeOf, KvbenchError } from '../errors.js';
import type { Target } from './target.js';

/** Below those that systems give to outgoing connections, which would take them meanwhile. */
const lowest = 20_000;
const highest = 32_000;

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if ((await isPortFree(port)) && (await isPortFree(port, '::1'))) return port;
  }
  throw new KvbenchError(
    'target',
    `No port of 127.0.0.1 from ${lowest} to ${highest} is free.`,
    'End what listens there.',
  );
}

/** Whether a server could listen on that port of this address; so it could where there is no IPv6. */
export function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(host === '::1' && codeOf(error) !== 'EADDRINUSE'));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

/**
 * Refuses targets of one round of which two want the same port, a target that runs twice included;
 * a usage error with the place of both.
 */
export function checkPorts(targets: readonly Pick<Target, 'name' | 'fixedPort'>[]): void {
  const byPort = new Map<number, Pick<Target, 'name' | 'fixedPort'>>();
  for (const target of targets) {
    if (!target.fixedPort) continue;
    const { port, place } = target.fixedPort;
    const other = byPort.get(port);
    if (other) {
      const who =
        other.name === target.name
          ? `${target.name} runs twice, and both want port ${port} (${place})`
          : `${other.name} and ${target.name} both want port ${port} (${other.fixedPort?.place}; ${place})`;
      throw new KvbenchError(
        'usage',
        `${who}.`,
        'Let kvbench choose the port: pass {port} or {addr} in the start command.',
      );
    }
    byPort.set(port, target);
  }
}
