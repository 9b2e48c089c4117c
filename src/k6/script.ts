/** The modules of k6 that the script needs; none of them comes from the network. */
export const scriptImports = String.raw`import { check } from 'k6';
import encoding from 'k6/encoding';
import exec from 'k6/execution';
import http from 'k6/http';
import { Counter, Gauge } from 'k6/metrics';`;

/**
 * The part of the script that is the same for every workload. VUs share no memory, so everything is
 * a function of the request's number: which request, which key, which value.
 */
export const scriptFunctions = String.raw`const url = (__ENV.KVBENCH_URL || origin.url).replace(/\/+$/, '');
const trials = Object.fromEntries(
  workload.trials.map((trial, number) => [trial.name, { ...trial, seed: mix(workload.seed + number) }]),
);
const errors = new Counter('kv_errors');
const marker = new Gauge('kvbench');

/** One request. Its number is counted over all VUs and machines of the test. */
export default function () {
  const trial = trials[exec.scenario.name];
  const number = exec.scenario.iterationInTest;
  const warm = trial.open
    ? number < (workload.ratePerSecond * workload.warmupMs) / 1000
    : Date.now() - exec.scenario.startTime < workload.warmupMs;
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
        paramsOf(request, 'preload', false, request.expect.statuses),
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
    paramsOf(request, name, isMiss, statuses),
  );
  const version = (number) => (isMiss ? subject : stored(key, number));
  const right =
    isRight(answer, expected, version, isMiss || isNew ? 1 : versions.length) ||
    (mayMiss && isRight(answer, request.missing, () => missing(key), 1));
  const tags = { kv_trial: name, kv_request: request.name, ...(isMiss && { kv_miss: 'yes' }) };
  check(right, { [request.name + ' is answered right']: (ok) => ok }, tags);
  if (!right) errors.add(1, { ...tags, kv_error: errorKind(answer, statuses) });
}

const paramsCache = {};
function paramsOf(request, trial, isMiss, statuses) {
  const id = trial + ' ' + request.name + ' ' + isMiss + ' ' + statuses.length;
  paramsCache[id] = paramsCache[id] || {
    headers: Object.fromEntries(request.headers),
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

// --- requests and keys

const inserts = workload.distribution === 'latest';

/** Which request of the mix. Where writes add keys they come at even distances, to be countable. */
function requestOf(trial, number, u) {
  if (!inserts) return pick(trial.mix, u);
  const share = writeShare(trial);
  const isWrite = Math.floor((number + 1) * share) > Math.floor(number * share);
  return pick(trial.mix.filter(({ request }) => workload.requests[request].writes === isWrite), u);
}

function writeShare(trial) {
  return trial.mix
    .filter(({ request }) => workload.requests[request].writes)
    .reduce((sum, { share }) => sum + share, 0);
}

function pick(mix, u) {
  let left = u * mix.reduce((sum, { share }) => sum + share, 0);
  for (const { request, share } of mix) {
    left -= share;
    if (left < 0) return request;
  }
  return mix[mix.length - 1].request;
}

/** With latest a write adds a key, and a read goes as far back from the newest as was drawn. */
function keyOf(request, trial, number, drawn) {
  if (!inserts) return drawn;
  const next = workload.keys + Math.floor(number * writeShare(trial));
  if (request.writes) return next;
  // As many as there are connections may still be under way.
  const newest = Math.max(workload.keys, next - workload.connections) - 1;
  return Math.max(0, newest - drawn);
}

/** A key's number, 0 the hottest; draw gives as many uniform numbers as are asked for. */
function drawKey(draw) {
  const { keys, distribution, hotspot } = workload;
  switch (distribution) {
    case 'uniform':
      return Math.floor(draw(0) * keys);
    case 'hotspot': {
      const hot = Math.max(1, Math.round(keys * hotspot.keys));
      return hot === keys || draw(1) < hotspot.requests
        ? Math.floor(draw(0) * hot)
        : hot + Math.floor(draw(0) * (keys - hot));
    }
    default:
      return drawZipfian(keys, workload.theta, draw);
  }
}

/**
 * Exactly P(i) ~ 1 / (i + 1)^theta and without a table, which every VU would need:
 * rejection-inversion (Hoermann and Derflinger, 1996).
 */
function drawZipfian(count, theta, draw) {
  const area = (x) => (Math.pow(x, 1 - theta) - 1) / (1 - theta);
  const inverse = (y) => Math.pow(1 + (1 - theta) * y, 1 / (1 - theta));
  const first = area(1.5) - 1;
  const last = area(count + 0.5);
  for (let attempt = 0; ; attempt++) {
    const y = last + draw(attempt) * (first - last);
    const rank = Math.min(count, Math.max(1, Math.round(inverse(y))));
    if (y >= area(rank + 0.5) - Math.pow(rank, -theta)) return rank - 1;
  }
}

/** Uniform in [0, 1): the same for the same request, whoever sends it. */
function uniform(seed, number, purpose) {
  return mix(mix(seed + Math.imul(number, 0x9e3779b9)) + Math.imul(purpose + 1, 0x85ebca6b)) / 4294967296;
}

function mix(x) {
  let z = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}

// --- what is sent, and what must come back

const versions = 'ABCD';
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const fillerLength = 16384;
const filler = Array.from(
  { length: fillerLength },
  (_, i) => alphabet[mix(workload.seed ^ mix(i)) % alphabet.length],
)
  .join('')
  .repeat(Math.ceil(workload.valueSize.maxBytes / fillerLength) + 1);

/** A value can be told from those of other keys, and from the key's other versions by its first byte. */
function valueOf(index, version) {
  const { minBytes, maxBytes } = workload.valueSize;
  const own = mix(workload.seed + mix(index));
  const size = minBytes + (own % (maxBytes - minBytes + 1));
  const at = own % fillerLength;
  const number = digits(index).split('').reverse().join('');
  return (versions[version] + number + filler.slice(at, at + size)).slice(0, size);
}

function stored(index, version) {
  return { index: String(index), key: 'key:' + digits(index), value: valueOf(index, version) };
}

function missing(drawn) {
  const index = drawn % 4096;
  return { index: String(index), key: 'mis:' + digits(index), value: '' };
}

function digits(index) {
  return String(index).padStart(8, '0');
}

function render(parts, subject) {
  return parts.map((part) => (typeof part === 'string' ? part : encoded(subject, part))).join('');
}

function encoded(subject, part) {
  const text = subject[part.name];
  if (part.encoding === 'base64') return encoding.b64encode(text);
  return part.encoding === 'url' ? encodeURIComponent(text) : text;
}

/** Any version of a key's value is right: which one is the newest, no VU knows of the others. */
function isRight(answer, { statuses, match, text, hasValue }, subjectOf, count) {
  if (!statuses.includes(answer.status) || answer.status === 0) return false;
  if (match === 'any') return true;
  const body = answer.body || '';
  for (let version = 0; version < (hasValue ? count : 1); version++) {
    if (matches(match, render(text, subjectOf(version)), body)) return true;
  }
  return false;
}

function matches(match, expected, body) {
  if (match === 'exact') return body === expected;
  if (match === 'contains') return body.includes(expected);
  try {
    return holds(JSON.parse(expected), JSON.parse(body));
  } catch (_) {
    return false;
  }
}

/** Objects may have other properties besides, lists must be as long, and all else equal. */
function holds(expected, actual) {
  if (typeof expected !== 'object' || expected === null) return expected === actual;
  if (typeof actual !== 'object' || actual === null) return false;
  if (Array.isArray(expected) !== Array.isArray(actual)) return false;
  if (Array.isArray(expected) && expected.length !== actual.length) return false;
  return Object.keys(expected).every(
    (name) => Object.hasOwn(actual, name) && holds(expected[name], actual[name]),
  );
}

/** By k6's error codes, which are stable; its messages are not. */
function errorKind({ status, error_code: code, error }, statuses) {
  if (status !== 0) return statuses.includes(status) ? 'mismatch' : 'status';
  if (code === 1050) return 'timeout';
  if ((code >= 1100 && code < 1200) || (code >= 1210 && code < 1220)) return 'connect';
  return (code >= 1200 && code < 1300) || /EOF/.test(error) ? 'reset' : 'protocol';
}
`;
