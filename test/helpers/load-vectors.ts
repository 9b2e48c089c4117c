import { contractRequests, type RequestSpec } from '../../src/config/requests.js';
import { IntervalHistogram } from '../../src/interval-histogram.js';
import { createDataset, type Dataset, keyName, missKeyName } from '../../src/load/dataset.js';
import { createMessage, type Exchange } from '../../src/load/messages.js';
import { nativeMessage } from '../../src/load/native/segments.js';
import { createSchedule } from '../../src/load/schedule.js';
import { createStoreModel, type StoreModel } from '../../src/load/store-model.js';
import { createRandom, deriveSeed } from '../../src/random.js';

/**
 * What both engines must compute alike, by the name of the file in fixtures/load that holds it; the
 * native one is held to the same files by rust-load/tests/vectors.rs.
 */
export function loadVectors(): Record<string, unknown> {
  return {
    random,
    dataset: datasets(),
    schedule: schedules(),
    store: stores(),
    cells,
    messages,
    histogram,
  };
}

const times = <T>(length: number, make: (index: number) => T) =>
  Array.from({ length }, (_, index) => make(index));

const random = {
  streams: [0, 1, 42, 2 ** 31, 2 ** 32 - 1].map((seed) => {
    const next = createRandom(seed);
    return { seed, numbers: times(8, () => next() * 2 ** 32) };
  }),
  seeds: [
    [1, []],
    [1, [0]],
    [7, [5, 99]],
    [2 ** 32 - 1, [1, 2, 3]],
  ].map(([seed, path]) => ({
    seed,
    path,
    derived: deriveSeed(seed as number, ...(path as number[])),
  })),
};

function datasets() {
  return [
    { keyCount: 3, valueSize: { minBytes: 8, maxBytes: 8 }, seed: 1 },
    { keyCount: 5, valueSize: { minBytes: 1, maxBytes: 40 }, seed: 99 },
  ].map((options) => {
    const dataset = createDataset(options);
    const values = [0, 1, 2, 3].flatMap((version) =>
      times(options.keyCount, (key) => ({ key, version, text: text(dataset.value(key, version)) })),
    );
    const inserted = [0, 1, 17].map((more) => {
      const key = options.keyCount + more;
      return { key, version: 0, text: text(dataset.value(key, 0)) };
    });
    return { ...options, values, inserted };
  });
}

const text = (bytes: Buffer) => bytes.toString('latin1');

function schedules() {
  const shared = { durationMs: 100, seed: 5, arms: 1, arm: 0 };
  const constant = { ratePerSecond: 130, arrivals: 'constant' as const };
  const poisson = { ratePerSecond: 250, arrivals: 'poisson' as const };
  const later = { atMs: 40, ratePerSecond: 400 };
  return [
    { ...shared, ...constant, slices: [100] },
    { ...shared, ...constant, slices: [33.3, 33.3, 33.4] },
    { ...shared, ...poisson, slices: [100] },
    { ...shared, ...poisson, slices: [50, 50], arms: 2, arm: 1 },
    { ...shared, ...poisson, slices: [100], arms: 3, arm: 0, seed: 2 ** 32 - 1 },
    { ...shared, ...constant, slices: [25, 75], later },
    { ...shared, ...poisson, slices: [100], later, arms: 2, arm: 0 },
  ].map((options) => {
    const schedule = createSchedule(options);
    const momentsMs = options.slices.map((sliceMs) => {
      const next = schedule.slice(sliceMs);
      const moments: number[] = [];
      for (let at = next(); at !== Number.POSITIVE_INFINITY; at = next()) moments.push(at);
      return moments;
    });
    return { ...options, momentsMs };
  });
}

/** Random writes, insertions and their ends, and what the model says after each. */
function stores() {
  return [
    { keys: 3, share: { index: 0, count: 1 }, seed: 1 },
    { keys: 7, share: { index: 1, count: 3 }, seed: 2 },
  ].map(({ keys, share, seed }) => {
    const dataset = createDataset({
      keyCount: keys,
      valueSize: { minBytes: 4, maxBytes: 4 },
      seed,
    });
    const next = createRandom(seed);
    const below = (count: number) => Math.floor(next() * count);
    const model = createStoreModel(dataset, share);
    const underWay: number[] = [];
    const known = times(keys, (key) => key);
    const steps = times(60, () => step(model));
    return { keys, share, steps };

    function step(on: StoreModel) {
      const choice = below(4);
      if (choice === 0 && underWay.length > 0) {
        const [key] = underWay.splice(below(underWay.length), 1) as [number];
        const confirmed = below(3) > 0;
        on.endWrite(key, confirmed);
        return { end: key, confirmed, uncertain: on.isUncertain(key) };
      }
      if (choice === 1) {
        const key = on.insert();
        known.push(key);
        const version = on.beginWrite(key);
        underWay.push(key);
        return { insert: key, version };
      }
      if (choice === 2) return { recent: times(4, (distance) => on.recent(distance)) };
      if (below(8) === 0) {
        const { certain, uncertain } = on.takeWritten();
        return { written: { certain: [...certain], uncertain: [...uncertain] } };
      }
      const key = known[below(known.length)] as number;
      underWay.push(key);
      return { write: key, version: on.beginWrite(key), uncertain: on.isUncertain(key) };
    }
  });
}

const cells = [
  0,
  1,
  127,
  128,
  255,
  256,
  257,
  1000,
  65_535,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 40 + 1,
  2 ** 43,
]
  // The interval histogram knows no value above its last cell.
  .map((ns) => {
    const histogram = new IntervalHistogram();
    histogram.record(ns);
    return { ns, cell: histogram.toSparse()[0] };
  });

/** Times in ns, and what the native engine makes of them: the form in which results keep them. */
const histogram = {
  recorded: [1, 999, 2048, 123_456, 123_456, 7_000_000_000],
  encoded:
    'HISTFAAAADp4nC2IsQ0AEBQFn+f3X6K1i01Mo1cYxBy2kSg1Ev41d7lUewSg+HizA+RFXnY4lSOwFdnH8QKCBgcM',
};

const post: RequestSpec = {
  name: 'put',
  method: 'PUT',
  path: '/v1/{index}?k={key|url}',
  writes: true,
  headers: { 'X-Key': '{key|base64}', 'content-type': 'text/plain', 'x-e': 'é' },
  body: '{"é":"{value}","b":"{value|base64}"}',
  repeatable: true,
  expect: { statuses: [200, 201], match: 'json', text: '{"stored":"{value}"}' },
  missing: null,
};
const closing: RequestSpec = {
  name: 'head',
  method: 'HEAD',
  path: '/{key}',
  writes: false,
  body: null,
  repeatable: true,
  headers: { Connection: 'close', Host: 'example.org' },
  expect: { statuses: [200], match: 'any', text: '' },
  missing: { statuses: [404], match: 'exact', text: '{key} ({index}) is not here' },
};

const valueSize = { minBytes: 4, maxBytes: 9 };
const messages = [...contractRequests.requests, post, closing].map((spec) => {
  const host = '127.0.0.1:8080';
  const dataset = createDataset({ keyCount: 4, valueSize, seed: 3 });
  const cases = [
    { key: 0, version: 0, miss: false },
    { key: 3, version: 2, miss: false },
    { key: 4097, version: 0, miss: true },
  ].filter(({ miss }) => !miss || spec.missing);
  return {
    keyCount: 4,
    valueSize,
    seed: 3,
    message: nativeMessage(spec, host),
    cases: cases.map((about) => ({ ...about, ...rendered(spec, dataset, host, about) })),
  };
});

/** As undici writes it from what the other engine hands it. */
function rendered(
  spec: RequestSpec,
  dataset: Dataset,
  host: string,
  { key, version, miss }: { key: number; version: number; miss: boolean },
) {
  const message = createMessage(spec, dataset);
  const exchange = (miss ? message.missing : message.stored) as Exchange;
  const asked = miss ? key % 4096 : key;
  const headers = exchange.headers?.at(asked, version) ?? [];
  const body = exchange.body?.at(asked, version) ?? null;
  const named = (wanted: string) =>
    headers[headers.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === wanted) + 1];
  const lines = times(headers.length / 2, (i) => [headers[2 * i], headers[2 * i + 1]])
    .filter(([name]) => !/^(host|connection)$/i.test(name ?? ''))
    .map(([name, value]) => `${name}: ${value}\r\n`);
  const length = body?.length ?? (/^(POST|PUT|PATCH)$/.test(spec.method) ? 0 : null);
  const closes = 'Connection' in spec.headers;
  const head = [
    `${spec.method} ${exchange.path.at(asked, version)} HTTP/1.1\r\n`,
    `host: ${'Host' in spec.headers ? named('host') : host}\r\n`,
    `connection: ${closes ? 'close' : 'keep-alive'}\r\n`,
    ...lines,
    ...(length === null ? [] : [`content-length: ${length}\r\n`]),
    '\r\n',
  ].join('');
  return {
    name: miss ? missKeyName(asked) : keyName(asked),
    requestBase64: Buffer.concat([Buffer.from(head, 'latin1'), body ?? Buffer.alloc(0)]).toString(
      'base64',
    ),
    expectedBase64: exchange.answer.text.at(asked, version).toString('base64'),
  };
}
