import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Server as TcpServer } from 'node:net';
import { afterEach } from 'vitest';
import { contractRequests, type RequestSpec } from '../../src/config/requests.js';
import { Connection, type ConnectionOptions } from '../../src/load/connection.js';
import type { Dataset } from '../../src/load/dataset.js';
import { createMessage } from '../../src/load/messages.js';
import { Phase } from '../../src/load/phase.js';
import type { StoreModel } from '../../src/load/store-model.js';

/** What every key takes in turn. */
const versions = ['the value', 'Older one', '2nd older', '3rd older'].map((text) =>
  Buffer.from(text),
);
export const [value, older] = versions as [Buffer, Buffer];
const dataset: Dataset = {
  keyCount: 3,
  versionsOf: () => versions.length,
  value: (_, version) => versions[version] as Buffer,
};
export const model: StoreModel = {
  version: () => 0,
  versionsOf: dataset.versionsOf,
  isUncertain: () => false,
  beginWrite: () => 0,
  endWrite: () => {},
  insert: () => 0,
  recent: () => 0,
  takeWritten: () => ({ certain: new Uint32Array(), uncertain: new Uint32Array() }),
};
export const [contractGet, contractPost] = contractRequests.requests as [RequestSpec, RequestSpec];
export const messagesOf = (...specs: RequestSpec[]) =>
  specs.map((spec) => createMessage(spec, dataset));
/** The contract's GET with another right answer. */
export const expecting = (match: RequestSpec['expect']['match'], text: string): RequestSpec => ({
  ...contractGet,
  expect: { statuses: [200], match, text },
});
/** A time limit that every answer keeps, and connections that are never changed. */
const options = { timeoutMs: 60_000, requestsPerConnection: null };

interface Changes extends Partial<ConnectionOptions> {
  code?: number;
  spec?: RequestSpec;
  model?: Partial<StoreModel>;
}

/** For each test a server and one connection to it, which are closed after it. */
export function useConnection() {
  let server: Server | TcpServer | null = null;
  let connection: Connection | null = null;
  afterEach(async () => {
    await connection?.close();
    if (server && 'closeAllConnections' in server) server.closeAllConnections();
    server?.close();
    server = null;
  });

  /** Lets it listen; gives its origin. */
  async function listen(on: Server | TcpServer): Promise<string> {
    server = on;
    await new Promise<void>((resolve) => on.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(on.address() as AddressInfo).port}`;
  }

  function connect(origin: string, changes: Partial<ConnectionOptions> = {}): Connection {
    connection = new Connection(origin, { ...options, ...changes });
    return connection;
  }

  /** Asks for one key so many times, over one connection. */
  async function get(origin: string, times = 1, { code = 0, spec, ...changes }: Changes = {}) {
    const asked = connect(origin, changes);
    const phase = new Phase({
      messages: messagesOf(spec ?? contractGet),
      model: { ...model, ...changes.model },
      sequence: new Uint32Array(times).fill(code),
    });
    const watch = setInterval(() => asked.expire(performance.now()), 10);
    await asked.run(phase);
    clearInterval(watch);
    return { ...phase.outcome(), connection: asked };
  }

  async function getFrom(answer: RequestListener, times = 1, changes: Changes = {}) {
    return get(await listen(createServer(answer)), times, changes);
  }

  return { listen, connect, get, getFrom };
}

/** Answers with a body that comes bit by bit. */
export function inPieces(pieces: readonly (Buffer | string)[]): RequestListener {
  return (_, response) => {
    response.socket?.setNoDelay(true);
    const left = [...pieces];
    const next = () => {
      const piece = left.shift();
      if (piece === undefined) response.end();
      else response.write(piece, () => setImmediate(next));
    };
    next();
  };
}
