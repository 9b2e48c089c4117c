import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { KvbenchError, messageOf } from '../errors.js';
import { openFileLimit } from '../observe/machine.js';
import type { CostSubject } from './part.js';

/** So many are opened at a time: a queue of the kernel holds that many everywhere. */
const atOnce = 100;
const answerMs = 10_000;

/**
 * Opens connections of which each is answered once, and then idle. Throws a `target` error if one of
 * them is refused or not answered; then all are closed.
 */
export async function openConnections(
  origin: string,
  count: number,
  { subject, signal }: { subject: CostSubject; signal: AbortSignal },
): Promise<{ close(): void }> {
  const { hostname, port } = new URL(origin);
  const request = `GET ${pathOf(subject)} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`;
  const sockets: Socket[] = [];
  const close = () => {
    for (const socket of sockets) socket.destroy();
  };
  try {
    while (sockets.length < count) {
      signal.throwIfAborted();
      const batch = Math.min(atOnce, count - sockets.length);
      const opened = Array.from({ length: batch }, () =>
        connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port), noDelay: true }),
      );
      sockets.push(...opened);
      await Promise.all(opened.map((socket) => answeredOnce(socket, request)));
    }
  } catch (error) {
    close();
    signal.throwIfAborted();
    throw new KvbenchError(
      'target',
      `${subject.name} did not take ${count} connections: ${messageOf(error)} after ${sockets.length}.`,
      'Ask for fewer with --connections, or raise its limit of open files.',
    );
  }
  return { close };
}

async function answeredOnce(socket: Socket, request: string): Promise<void> {
  // Without one it would throw when the server ends.
  socket.on('error', () => {});
  const until = { signal: AbortSignal.timeout(answerMs) };
  await once(socket, 'connect', until);
  socket.write(request);
  const [bytes] = (await once(socket, 'data', until)) as [Buffer];
  if (!bytes.toString('latin1').startsWith('HTTP/1.1 ')) throw new Error('it speaks no HTTP/1.1');
}

/** Something that it answers; what, is no matter. */
function pathOf({ target, spec }: CostSubject): string {
  if (target.contract) return '/kvbench';
  const { ready } = spec?.settings ?? {};
  return ready && 'http' in ready ? ready.http : '/';
}

/** What this process has open besides. */
export const ownFiles = 200;

/** As many of the connections that were asked for as this process can have. */
export function possibleConnections(wanted: number): number {
  return Math.max(1, Math.min(wanted, (openFileLimit() ?? 1024) - ownFiles));
}
