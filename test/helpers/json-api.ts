import { createServer, type IncomingMessage } from 'node:http';
import { bodyOf, closeServer, listen } from './kv.js';

interface Habits {
  /** Awaited before a request is carried out, and again before it is answered. */
  pause?: () => Promise<unknown>;
  /** Gives the status to refuse a request with, or null to carry it out. */
  refuse?: (request: IncomingMessage) => number | null;
}

/** A key-value store of another kind than the contract's, in this process. */
export interface JsonApi {
  origin: string;
  values: Map<string, string>;
  /** How often what was asked: `GET hit`, `GET miss`, `PUT`, `other`. */
  counts: Record<string, number>;
  close(): Promise<void>;
}

/**
 * Serves `PUT /v1/keys/{key}` with `{"value": …}` (201 for a new key, else 200), `GET` of the same
 * path and `GET /health`, all but the last in JSON, on a free port.
 */
export async function startJsonApi({ pause, refuse }: Habits = {}): Promise<JsonApi> {
  const values = new Map<string, string>();
  const counts: Record<string, number> = {};
  const count = (what: string) => {
    counts[what] = (counts[what] ?? 0) + 1;
  };
  const carryOut = ({ method, url = '' }: IncomingMessage, body: string) => {
    const key = /^\/v1\/keys\/([^/?]+)$/.exec(url)?.[1];
    if (method === 'PUT' && key !== undefined) {
      count('PUT');
      const { value } = JSON.parse(body);
      const status = values.has(key) ? 200 : 201;
      values.set(key, value);
      return { status, body: JSON.stringify({ key, value }) };
    }
    if (method !== 'GET' || key === undefined) {
      count('other');
      return { status: url === '/health' ? 200 : 400, body: 'all is well' };
    }
    const value = values.get(key);
    count(value === undefined ? 'GET miss' : 'GET hit');
    return value === undefined
      ? { status: 404, body: JSON.stringify({ error: 'not found' }) }
      : { status: 200, body: JSON.stringify({ sizeBytes: value.length, found: [{ key, value }] }) };
  };
  const http = createServer(async (request, response) => {
    const body = await bodyOf(request);
    await pause?.();
    const refusal = refuse?.(request) ?? null;
    const answer = refusal === null ? carryOut(request, body) : { status: refusal, body: 'no' };
    await pause?.();
    response.writeHead(answer.status).end(answer.body);
  });
  http.keepAliveTimeout = 60_000;
  return { origin: await listen(http), values, counts, close: () => closeServer(http) };
}
