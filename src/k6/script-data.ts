/** Which request comes next, and about which key. */
export const scriptKeys = `const inserts = workload.distribution === 'latest';

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
`;

/** What is sent, and what must come back. */
export const scriptAnswers = `const versions = 'ABCD';
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
  return { index: String(workload.missIndexFrom + index), key: 'mis:' + digits(index), value: '' };
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
