import { contractRequests, type RequestSet } from '../../src/config/requests.js';
import type { RunConfig } from '../../src/config/schema.js';
import { exportK6 } from '../../src/k6/export.js';
import { parseThreshold } from '../../src/stats/threshold-expression.js';
import { aConfig } from './results.js';

/** A script for a small load; tests change what they are about. */
export function aScript(
  changes: Partial<RunConfig> = {},
  { requests = contractRequests, parallelism = 1, baseUrl = 'http://127.0.0.1:8080' } = {} as {
    requests?: RequestSet;
    parallelism?: number;
    baseUrl?: string;
  },
) {
  const config = aConfig({
    rate: 100,
    durationMs: 2000,
    warmupMs: 500,
    keys: 50,
    operations: ['get:80,post:20'],
    connections: 4,
    measures: ['latency'],
    timeoutMs: 500,
    ...changes,
  });
  return exportK6({
    config,
    target: 'go',
    requests,
    baseUrl,
    parallelism,
    kvbenchVersion: '0.0.0',
    thresholds: config.failOn.map(parseThreshold),
  });
}

/** One request that a script has sent through the stand-in for k6. */
export interface SentRequest {
  method: string;
  url: string;
  body: string | null;
  headers: Record<string, string>;
  tags: Record<string, string>;
}

export interface GivenAnswer {
  status: number;
  body?: string | null;
  error?: string;
  error_code?: number;
}

interface Params {
  headers: Record<string, string>;
  tags: Record<string, string>;
}

/** Runs a script in this process: k6's modules are stand-ins, and `answer` is the server. */
export function loadScript(
  script: string,
  answer: (request: SentRequest) => GivenAnswer,
  env: Record<string, string> = {},
) {
  const metrics: { name: string; value: number; tags: Record<string, string> }[] = [];
  const checks: { right: boolean; tags: Record<string, string> }[] = [];
  const send = (method: string, url: string, body: string | null, params: Params) =>
    answer({ method, url, body, headers: params.headers, tags: params.tags });
  class Metric {
    readonly #name: string;
    constructor(name: string) {
      this.#name = name;
    }
    add(value: number, tags: Record<string, string> = {}) {
      metrics.push({ name: this.#name, value, tags });
    }
  }
  const exec = {
    scenario: { name: '', iterationInTest: 0, startTime: 0 },
    vu: { metrics: { metadata: {} } },
  };
  const http = {
    request: send,
    batch: (list: [string, string, string | null, Params][]) => list.map((args) => send(...args)),
    expectedStatuses: (...statuses: number[]) => statuses,
  };
  const check = (right: boolean, _: unknown, tags: Record<string, string>) =>
    checks.push({ right, tags });
  const encoding = { b64encode: (text: string) => Buffer.from(text).toString('base64') };
  const code = script
    .replace(/^import .*$/gm, '')
    .replace('export default function ()', 'function main()')
    .replace(/^export /gm, '');
  const names = ['check', 'encoding', 'exec', 'http', 'Counter', 'Gauge', '__ENV'];
  const load = new Function(...names, `'use strict';${code}; return { main, setup, options };`);
  const parts = load(check, encoding, exec, http, Metric, Metric, env) as {
    main(): void;
    setup(): unknown;
    options: {
      scenarios: Record<string, Record<string, unknown>>;
      thresholds: Record<string, string[]>;
    };
  };
  return {
    ...parts,
    metrics,
    checks,
    /** Sends the requests with these numbers, in a scenario. */
    run(scenario: string, from: number, to: number) {
      exec.scenario.name = scenario;
      for (let number = from; number < to; number++) {
        exec.scenario.iterationInTest = number;
        parts.main();
      }
    },
  };
}

/** The store of the contract as it should be, for `loadScript`. */
export function aStore() {
  const values = new Map<string, string>();
  const sent: SentRequest[] = [];
  const answer = (request: SentRequest): GivenAnswer => {
    sent.push(request);
    if (request.method === 'POST') {
      const body = request.body ?? '';
      const at = body.indexOf('=');
      values.set(body.slice(0, at), body.slice(at + 1));
      return { status: 200, body: 'Key inserted' };
    }
    const value = values.get(request.url.replace(/^http:\/\/[^/]*\//, ''));
    return value === undefined
      ? { status: 404, body: 'Key not found' }
      : { status: 200, body: value };
  };
  return { values, sent, answer };
}

/** The number of the key that a request is about. */
export function keyOf({ method, url, body }: Pick<SentRequest, 'method' | 'url' | 'body'>): number {
  const text = method === 'POST' ? (body ?? '') : url;
  return Number(/(?:key|mis):(\d{8})/.exec(text)?.[1]);
}
