import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LoadOutcome } from '../../src/load/protocol.js';

/** Ways in which a store of a test can stray from what it should do. */
interface Habits {
  /** Awaited before a request is carried out, and again before it is answered. */
  pause?: () => Promise<unknown>;
  /** Gets a request first; true if that has dealt with it. */
  intercept?: (...exchange: Parameters<RequestListener>) => boolean;
}

/** A key-value store in this process, and what it has counted. */
export interface Kv {
  origin: string;
  values: Map<string, string>;
  counts: { connectionsOpened: number; gets: number; misses: number; posts: number };
  /** How often each key was stored. */
  writes: Map<string, number>;
  /** Forgets the counts, not what is stored. */
  forgetCounts(): void;
  close(): Promise<void>;
}

/** Serves GET /key and POST key=value as the contract has it, on a free port. */
export async function startKv({ pause, intercept }: Habits = {}): Promise<Kv> {
  const values = new Map<string, string>();
  const writes = new Map<string, number>();
  const counts = { connectionsOpened: 0, gets: 0, misses: 0, posts: 0 };
  const http = createServer(async (request, response) => {
    const body = await bodyOf(request);
    if (intercept?.(request, response)) return;
    await pause?.();
    const answer = carryOut(request, body);
    await pause?.();
    response.writeHead(answer.status).end(answer.body);
  });
  http.keepAliveTimeout = 60_000;
  http.on('connection', () => counts.connectionsOpened++);

  const carryOut = ({ method, url = '' }: IncomingMessage, body: string) => {
    if (method === 'POST') {
      const at = body.indexOf('=');
      if (at < 1) return { status: 400, body: 'Invalid format' };
      const key = body.slice(0, at);
      values.set(key, body.slice(at + 1));
      writes.set(key, (writes.get(key) ?? 0) + 1);
      counts.posts++;
      return { status: 200, body: 'Key inserted' };
    }
    const value = values.get(url.slice(1));
    counts.gets++;
    if (value === undefined) counts.misses++;
    return value === undefined
      ? { status: 404, body: 'Key not found' }
      : { status: 200, body: value };
  };

  return {
    origin: await listen(http),
    values,
    counts,
    writes,
    forgetCounts() {
      writes.clear();
      for (const name of ['connectionsOpened', 'gets', 'misses', 'posts'] as const)
        counts[name] = 0;
    },
    close: () => closeServer(http),
  };
}

/** What the generator has counted, as a store counts it. */
export function countsOf({ byName, misses, connectionsOpened }: LoadOutcome): Kv['counts'] {
  const { get: gets = 0, post: posts = 0 } = byName;
  return { connectionsOpened, gets, misses, posts };
}

/** Listens on a free port of this machine; gives the origin. */
export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += chunk;
  return body;
}
