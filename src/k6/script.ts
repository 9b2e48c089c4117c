/** The modules of k6 that the script needs; none of them comes from the network. */
export const scriptImports = `import { check } from 'k6';
import encoding from 'k6/encoding';
import exec from 'k6/execution';
import http from 'k6/http';
import { Counter, Gauge } from 'k6/metrics';`;

/**
 * What a VU does. VUs share no memory, so everything is a function of the request's number: which
 * request, which key, which value.
 */
export const scriptFlow = String.raw`const url = (__ENV.KVBENCH_URL || origin.url).replace(/\/+$/, '');
const trials = Object.fromEntries(
  workload.trials.map((trial, number) => [trial.name, { ...trial, seed: mix(workload.seed + number) }]),
);
const errors = new Counter('kv_errors');
const marker = new Gauge('kvbench');

/** One request. Its number is counted over all VUs and machines of the test. */
export default function () {
  const trial = trials[exec.scenario.name];
  const number = exec.scenario.iterationInTest;
  const { ratePerSecond, warmupMs, durationMs } = workload;
  // k6 begins one more, at the very end.
  if (trial.open && number >= (ratePerSecond * (warmupMs + durationMs)) / 1000) return;
  const warm = trial.open
    ? number < (ratePerSecond * warmupMs) / 1000
    : Date.now() - exec.scenario.startTime < warmupMs;
  send(trial, number, warm ? 'warmup-' + trial.name : trial.name);
}

/** Stores every key once, and tells the import what was run. */
export function setup() {
  const size = Math.max(1, Math.min(workload.connections, 100));
  const request = workload.requests[workload.preload];
  for (let first = 0; request && first < workload.keys; first += size) {
    const keys = Array.from({ length: Math.min(size, workload.keys - first) }, (_, i) => first + i);
    const answers = http.batch(
      keys.map((key) => [
        request.method,
        url + render(request.path, stored(key, 0)),
        request.body && render(request.body, stored(key, 0)),
        {
          ...paramsOf(request, 'preload', false, request.expect.statuses),
          headers: headersOf(request, stored(key, 0)),
        },
      ]),
    );
    answers.forEach((answer, i) => {
      if (isRight(answer, request.expect, () => stored(keys[i], 0), 1)) return;
      throw new Error(
        'Key ' + keys[i] + ' could not be stored: ' + (answer.error || 'status ' + answer.status),
      );
    });
  }
  const told = { ...origin, startedAt: new Date().toISOString() };
  exec.vu.metrics.metadata.kvbench = JSON.stringify(told);
  marker.add(1);
  delete exec.vu.metrics.metadata.kvbench;
  return told;
}

function send(trial, number, name) {
  const draw = (purpose) => uniform(trial.seed, number, purpose);
  const request = workload.requests[requestOf(trial, number, draw(0))];
  const isMiss = !request.writes && request.missing !== null && draw(1) >= workload.hitRatio;
  const drawn = drawKey((attempt) => draw(3 + attempt));
  const key = isMiss ? drawn : keyOf(request, trial, number, drawn);
  const isNew = key >= workload.keys;
  const subject = isMiss
    ? missing(drawn)
    : stored(key, isNew ? 0 : Math.floor(draw(2) * versions.length));
  const expected = isMiss ? request.missing : request.expect;
  // Somebody else may not have stored it yet.
  const mayMiss = isNew && !isMiss && !request.writes && request.missing !== null;
  const statuses = mayMiss
    ? expected.statuses.concat(request.missing.statuses)
    : expected.statuses;
  const answer = http.request(
    request.method,
    url + render(request.path, subject),
    request.body && render(request.body, subject),
    { ...paramsOf(request, name, isMiss, statuses), headers: headersOf(request, subject) },
  );
  const version = (number) => (isMiss ? subject : stored(key, number));
  const right =
    isRight(answer, expected, version, isMiss || isNew ? 1 : versions.length) ||
    (mayMiss && isRight(answer, request.missing, () => missing(key), 1));
  const tags = { kv_trial: name, kv_request: request.name, ...(isMiss && { kv_miss: 'yes' }) };
  check(right, { [request.name + ' is answered right']: (ok) => ok }, tags);
  if (!right) errors.add(1, { ...tags, kv_error: errorKind(answer, statuses) });
}

function headersOf(request, subject) {
  return Object.fromEntries(request.headers.map(([name, value]) => [name, render(value, subject)]));
}

const paramsCache = {};
function paramsOf(request, trial, isMiss, statuses) {
  const id = trial + ' ' + request.name + ' ' + isMiss + ' ' + statuses.length;
  paramsCache[id] = paramsCache[id] || {
    redirects: 0,
    responseCallback: http.expectedStatuses(...statuses),
    tags: {
      name: request.name,
      kv_trial: trial,
      kv_request: request.name,
      ...(isMiss && { kv_miss: 'yes' }),
    },
    timeout: workload.timeoutMs,
  };
  return paramsCache[id];
}
`;
