// Runs a script of `kvbench export k6` as k6 would, as far as such a script goes: one VU, the two
// executors, tags, checks, metrics and thresholds, and the outputs that `kvbench import k6` reads. Written
// from k6's public documentation, so that no test needs k6 itself:
//
//   node k6-runner.mjs run [--out json=FILE[.gz]] [--summary-export FILE] [--no-setup]
//     [--new-machine-readable-summary] [--execution-segment A:B] script.js
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string' },
    'summary-export': { type: 'string' },
    'no-setup': { type: 'boolean' },
    'new-machine-readable-summary': { type: 'boolean' },
    'execution-segment': { type: 'string' },
    'execution-segment-sequence': { type: 'string' },
    quiet: { type: 'boolean' },
    'no-usage-report': { type: 'boolean' },
    address: { type: 'string' },
  },
});

const shared = new SharedArrayBuffer(4);
const flag = new Int32Array(shared);
const { port1, port2 } = new MessageChannel();
const worker = new Worker(new URL('./k6-http.mjs', import.meta.url), {
  workerData: { port: port2, shared },
  transferList: [port2],
});

/** Sends one request, and waits for its answer as a VU does. */
function exchange(request) {
  Atomics.store(flag, 0, 0);
  port1.postMessage(request);
  Atomics.wait(flag, 0, 0);
  return receiveMessageOnPort(port1).message;
}

const sleepCell = new Int32Array(new SharedArrayBuffer(4));
function sleepUntil(ms) {
  while (Date.now() < ms) Atomics.wait(sleepCell, 0, 0, ms - Date.now());
}

const points = [];
/** Every value of each metric, and of those with certain tags that a threshold is about. */
const metrics = new Map();

function record(name, type, value, tags = {}, metadata = undefined) {
  const time = new Date().toISOString();
  points.push({
    metric: name,
    type: 'Point',
    data: { time, value, tags, ...(metadata && { metadata }) },
  });
  for (const [key, { metric, tags: wanted }] of subMetrics) {
    const fits = metric === name && Object.entries(wanted).every(([k, v]) => tags[k] === v);
    if (fits) valuesOf(key, type).push(value);
  }
  valuesOf(name, type).push(value);
}

function valuesOf(key, type) {
  if (!metrics.has(key)) metrics.set(key, { type, values: [] });
  return metrics.get(key).values;
}

const typeOf = {
  http_reqs: 'counter',
  http_req_duration: 'trend',
  http_req_failed: 'rate',
  dropped_iterations: 'counter',
  checks: 'rate',
  vus_max: 'gauge',
};

function send(method, url, body, params) {
  const { headers, tags, timeout, responseCallback } = params;
  const answer = exchange({ method, url, body, headers, timeout });
  const { durationMs, ...given } = answer;
  const own = { ...tags, status: String(given.status), ...(given.error && { error: given.error }) };
  record('http_reqs', typeOf.http_reqs, 1, own);
  record('http_req_duration', typeOf.http_req_duration, durationMs, own);
  record('http_req_failed', typeOf.http_req_failed, responseCallback(given.status) ? 0 : 1, own);
  return { error: '', error_code: 0, ...given };
}

class Metric {
  #name;
  #type;
  constructor(name, type) {
    this.#name = name;
    this.#type = type;
  }
  add(value, tags) {
    record(this.#name, this.#type, value, tags, { ...exec.vu.metrics.metadata });
  }
}
const metricClass = (type) =>
  class extends Metric {
    constructor(name) {
      super(name, type);
    }
  };

const exec = {
  scenario: { name: '', iterationInTest: 0, startTime: 0 },
  vu: { metrics: { metadata: {} } },
};
const http = {
  request: send,
  batch: (list) => list.map((args) => send(...args)),
  expectedStatuses:
    (...statuses) =>
    (status) =>
      statuses.includes(status),
};
function check(right, tests, tags) {
  const ok = Object.values(tests).every((test) => test(right));
  record('checks', typeOf.checks, ok ? 1 : 0, tags);
  return ok;
}
const encoding = { b64encode: (text) => Buffer.from(text).toString('base64') };

const script = readFileSync(positionals.at(-1), 'utf8');
const code = script
  .replace(/^import .*$/gm, '')
  .replace('export default function ()', 'function main()')
  .replace(/^export /gm, '');
const subMetrics = new Map();
const { main, setup, options } = new Function(
  ...['check', 'encoding', 'exec', 'http', 'Counter', 'Gauge', '__ENV'],
  `'use strict';${code}; return { main, setup, options };`,
)(check, encoding, exec, http, metricClass('counter'), metricClass('gauge'), process.env);
for (const key of Object.keys(options.thresholds ?? {})) {
  const [, metric, tags = ''] = /^(\w+)(?:\{(.*)\})?$/.exec(key);
  const pairs = tags.split(',').filter(Boolean);
  const wanted = Object.fromEntries(pairs.map((pair) => pair.split(/:(.*)/s, 2)));
  if (tags !== '') subMetrics.set(key, { metric, tags: wanted });
}

const told = flags['no-setup'] ? null : setup();
const [share = 0, parts = 1] = segmentOf(flags['execution-segment']);
const startMs = Date.now();
for (const [name, scenario] of Object.entries(options.scenarios)) runScenario(name, scenario);
const durationMs = Date.now() - startMs;
record('vus_max', typeOf.vus_max, 1);

/** `0:1/2` is the first of two halves. */
function segmentOf(text) {
  if (!text) return [];
  const [from, to] = text.split(':').map((one) => one.split('/').map(Number));
  const of = to[1] ?? from[1] ?? 1;
  return [Math.round((from[0] / (from[1] ?? 1)) * of), of];
}

function runScenario(name, { executor, startTime, duration, rate, timeUnit }) {
  const beginMs = startMs + millis(startTime);
  sleepUntil(beginMs);
  exec.scenario = { name, iterationInTest: 0, startTime: Date.now() };
  const endMs = beginMs + millis(duration);
  if (executor === 'constant-vus') {
    for (; Date.now() < endMs; exec.scenario.iterationInTest++) main();
    return;
  }
  if (executor !== 'constant-arrival-rate') throw new Error(`there is no executor ${executor}`);
  const everyMs = millis(timeUnit) / rate;
  for (let number = 0; number * everyMs < millis(duration); number++) {
    if (number % parts !== share) continue;
    sleepUntil(beginMs + number * everyMs);
    exec.scenario.iterationInTest = number;
    main();
  }
}

function millis(text) {
  const [, amount, unit] = /^([\d.]+)(ms|s|m)$/.exec(text);
  return Number(amount) * { ms: 1, s: 1000, m: 60_000 }[unit];
}

// The machine-readable summary has its own, whatever the script asks for.
const statistics = flags['new-machine-readable-summary']
  ? ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)']
  : (options.summaryTrendStats ?? ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)']);

function trendOf(values, statistic) {
  const sorted = [...values].sort((a, b) => a - b);
  const [, percent] = /^p\(([\d.]+)\)$/.exec(statistic) ?? [];
  // Between two values as k6 has it: linear in the rank.
  const at = (share) => {
    const rank = share * (sorted.length - 1);
    const low = sorted[Math.floor(rank)];
    return low + (sorted[Math.ceil(rank)] - low) * (rank - Math.floor(rank));
  };
  if (sorted.length === 0) return 0;
  if (percent !== undefined) return at(Number(percent) / 100);
  const sum = sorted.reduce((total, value) => total + value, 0);
  return { avg: sum / sorted.length, min: sorted[0], med: at(0.5), max: sorted.at(-1) }[statistic];
}

function summaryOf({ type, values }) {
  const total = values.reduce((sum, value) => sum + value, 0);
  switch (type) {
    case 'counter':
      return { count: total, rate: total / (durationMs / 1000) };
    case 'gauge':
      return { value: values.at(-1), min: Math.min(...values), max: Math.max(...values) };
    case 'rate': {
      const fails = values.length - total;
      // Of http_req_failed what "passes" are the requests that failed.
      return { value: values.length > 0 ? total / values.length : 0, passes: total, fails };
    }
    default:
      return Object.fromEntries(statistics.map((one) => [one, trendOf(values, one)]));
  }
}

/** Whether a condition is broken, as `count<=5`, `rate>=0.99` or `p(99)<=5`. */
function isBroken(key, condition) {
  const [, statistic, sign, bound] = /^(.+?)(<=|>=|<|>|==)(.+)$/.exec(condition);
  const { metric } = subMetrics.get(key) ?? { metric: key };
  const stored = metrics.get(key) ?? { type: typeOf[metric] ?? 'counter', values: [] };
  const { count, rate, value } = summaryOf(stored);
  const own = { count, rate: stored.type === 'rate' ? value : rate, value }[statistic];
  const figure = own ?? trendOf(stored.values, statistic);
  const kept = {
    '<=': figure <= bound,
    '>=': figure >= bound,
    '<': figure < bound,
    '>': figure > bound,
    '==': figure === Number(bound),
  }[sign];
  return !kept;
}

const thresholds = Object.entries(options.thresholds ?? {});
const broken = thresholds.flatMap(([key, conditions]) =>
  conditions.map((one) => isBroken(key, one)),
);

if (flags.out) {
  const file = flags.out.replace(/^json=/, '');
  const text = points.map((point) => `${JSON.stringify(point)}\n`).join('');
  writeFileSync(file, file.endsWith('.gz') ? gzipSync(text) : text);
}
if (flags['summary-export']) {
  const summary = flags['new-machine-readable-summary'] ? newSummary() : oldSummary();
  writeFileSync(flags['summary-export'], JSON.stringify(summary, null, 2));
}
await worker.terminate();
process.exitCode = broken.some(Boolean) ? 99 : 0;

function oldSummary() {
  for (const [key] of subMetrics) valuesOf(key, typeOf[key.split('{')[0]] ?? 'counter');
  const entries = [...metrics].map(([key, stored]) => {
    const conditions = options.thresholds?.[key];
    const judged =
      conditions && Object.fromEntries(conditions.map((one) => [one, isBroken(key, one)]));
    return [key, { ...summaryOf(stored), ...(judged && { thresholds: judged }) }];
  });
  return { metrics: Object.fromEntries(entries), root_group: {}, setup_data: told };
}

/** The form that k6 1.5 and later write on demand. */
function newSummary() {
  for (const [key] of subMetrics) valuesOf(key, typeOf[key.split('{')[0]] ?? 'counter');
  const values = ({ type, values: all }) => {
    const { passes, fails, value, ...rest } = summaryOf({ type, values: all });
    return type === 'rate'
      ? { rate: value, matches: passes, total: passes + fails }
      : { value, ...rest };
  };
  return {
    metadata: { k6_version: '1.8.1' },
    config: { script, duration: durationMs / 1000 },
    results: {
      metrics: [...metrics].map(([name, stored]) => ({ name, values: values(stored) })),
    },
  };
}
