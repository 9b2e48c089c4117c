import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contractRequests, type RequestSet } from '../../src/config/requests.js';
import { keyDraw } from '../../src/load/keys.js';
import { createRandom } from '../../src/random.js';
import { aScript, aStore, type GivenAnswer, keyOf, loadScript } from '../helpers/k6.js';

const scenario = 'latency_get-80_post-20';

describe('what is sent', () => {
  test('every key is stored before anything else, with its own value', () => {
    const store = aStore();
    const { setup } = loadScript(aScript({ keys: 1234 }).script, store.answer);
    expect(setup()).toMatchObject({ target: 'go', config: { keys: 1234 } });
    expect(store.values.size).toBe(1234);
    expect(new Set(store.values.values()).size).toBe(1234);
    expect([...store.values.keys()].slice(0, 2)).toEqual(['key:00000000', 'key:00000001']);
    expect([...store.values.values()].every((value) => value.length === 128)).toBe(true);
  });

  test('a store that refuses a key ends the test', () => {
    const { setup } = loadScript(aScript().script, () => ({ status: 500, error: '' }));
    expect(setup).toThrow('Key 0 could not be stored: status 500');
  });

  test('the same requests whoever sends them, and others with another seed', () => {
    const sentBy = (seed: number, parts: [number, number][]) => {
      const store = aStore();
      const script = loadScript(aScript({ seed }).script, store.answer);
      for (const [from, to] of parts) script.run(scenario, from, to);
      return store.sent.map(({ method, url, body }) => `${method} ${url} ${body}`).sort();
    };
    const whole = sentBy(1, [[0, 200]]);
    expect(
      sentBy(1, [
        [100, 200],
        [0, 100],
      ]),
    ).toEqual(whole);
    expect(sentBy(2, [[0, 200]])).not.toEqual(whole);
  });

  test('not the one that k6 begins at the very end', () => {
    const store = aStore();
    // 100 a second for 2.5 s.
    loadScript(aScript().script, store.answer).run(scenario, 245, 260);
    expect(store.sent).toHaveLength(5);
  });

  test('what comes before the window says so in its tag', () => {
    const store = aStore();
    loadScript(aScript().script, store.answer).run(scenario, 0, 250);
    const warm = store.sent.filter(({ tags }) => tags['kv_trial'] === `warmup-${scenario}`);
    expect([warm.length, store.sent.length]).toEqual([50, 250]);
  });

  test('mix and hit ratio are what was asked for', () => {
    const store = aStore();
    const script = loadScript(aScript({ hitRatio: 0.9, rate: 20_000 }).script, store.answer);
    script.setup();
    store.sent.length = 0;
    const count = 10_000;
    script.run(scenario, 0, count);
    const posts = store.sent.filter(({ method }) => method === 'POST').length;
    const misses = store.sent.filter(({ tags }) => tags['kv_miss']).length;
    // Six standard deviations.
    expect(Math.abs(posts - count * 0.2)).toBeLessThan(6 * Math.sqrt(count * 0.2 * 0.8));
    expect(Math.abs(misses - count * 0.08)).toBeLessThan(6 * Math.sqrt(count * 0.08 * 0.92));
    expect(script.checks.every(({ right }) => right)).toBe(true);
  });

  test.each(['uniform', 'zipfian', 'hotspot'] as const)(
    'keys are %s as in a run',
    (distribution) => {
      const keys = 40;
      const store = aStore();
      const options = { distribution, keys, rate: 20_000, operations: ['get'] };
      const script = loadScript(aScript(options).script, store.answer);
      script.setup();
      store.sent.length = 0;
      const drawn = 10_000;
      script.run('latency_get', 0, drawn);
      const seen = countsOf(store.sent.map(keyOf), keys);
      const draw = keyDraw(distribution, keys, createRandom(7));
      const own = countsOf(Array.from({ length: drawn }, draw), keys);
      // Two samples of one size; with 39 degrees of freedom more than 120 comes once in 1e9 times.
      const chiSquare = seen.reduce((sum, count, key) => {
        const other = own[key] as number;
        return sum + (count - other) ** 2 / Math.max(1, count + other);
      }, 0);
      expect(chiSquare).toBeLessThan(120);
    },
  );

  test('latest adds keys one by one, and reads the newest most', () => {
    const store = aStore();
    const options = { distribution: 'latest', keys: 50, rate: 20_000 } as const;
    const script = loadScript(aScript(options).script, store.answer);
    script.setup();
    store.sent.length = 0;
    script.run(scenario, 0, 1000);
    const posts = store.sent.filter(({ method }) => method === 'POST').map(keyOf);
    expect(posts).toEqual(Array.from({ length: 200 }, (_, i) => 50 + i));
    const reads = store.sent.filter(({ method }) => method === 'GET').map(keyOf);
    // As many as there are connections may still be on their way.
    expect(Math.max(...reads)).toBeLessThanOrEqual(50 + 199 - 4);
    expect(reads.filter((key) => key >= 50).length).toBeGreaterThan(reads.length / 2);
    expect(script.checks.every(({ right }) => right)).toBe(true);
  });

  test('sizes of values are within their range', () => {
    const store = aStore();
    const valueSize = { minBytes: 1, maxBytes: 40_000 };
    const script = loadScript(aScript({ valueSize, keys: 300 }).script, store.answer);
    script.setup();
    const sizes = [...store.values.values()].map((value) => value.length);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(40_000);
    expect(Math.max(...sizes)).toBeGreaterThan(20_000);
  });

  test('KVBENCH_URL says where', () => {
    const store = aStore();
    const env = { KVBENCH_URL: 'http://10.0.0.1:99/base/' };
    loadScript(aScript().script, store.answer, env).run(scenario, 0, 1);
    expect(store.sent[0]?.url).toMatch(/^http:\/\/10\.0\.0\.1:99\/base\/(key:\d{8})?$/);
  });
});

describe('what must come back', () => {
  const outcomeWith = (answer: (right: GivenAnswer) => GivenAnswer, options = {}) => {
    const store = aStore();
    const all = { operations: ['get'], ...options };
    let spoil = false;
    const script = loadScript(aScript(all).script, (request) => {
      const right = store.answer(request);
      return spoil ? answer(right) : right;
    });
    script.setup();
    spoil = true;
    script.run('latency_get', 100, 101);
    const errors = script.metrics.filter(({ name }) => name === 'kv_errors');
    return { right: script.checks.map(({ right }) => right), kind: errors[0]?.tags['kv_error'] };
  };

  test.each([
    ['the value', (right: GivenAnswer) => right, undefined],
    ['another status', (right: GivenAnswer) => ({ ...right, status: 500 }), 'status'],
    ['a missing key', () => ({ status: 404, body: 'Key not found' }), 'status'],
    [
      'one byte less',
      ({ body }: GivenAnswer) => ({ status: 200, body: body?.slice(1) ?? '' }),
      'mismatch',
    ],
    ['no body', () => ({ status: 200, body: null }), 'mismatch'],
    ['nothing in time', () => ({ status: 0, error_code: 1050 }), 'timeout'],
    ['nobody there', () => ({ status: 0, error_code: 1212 }), 'connect'],
    ['a reset', () => ({ status: 0, error_code: 1220 }), 'reset'],
    ['the end', () => ({ status: 0, error_code: 1000, error: 'unexpected EOF' }), 'reset'],
    ['no HTTP', () => ({ status: 0, error_code: 1000, error: 'malformed' }), 'protocol'],
  ])('%s', (_, answer, kind) => {
    expect(outcomeWith(answer)).toEqual({ right: [kind === undefined], kind });
  });

  test('any version of a value is right, and no value of another key', () => {
    const store = aStore();
    const script = loadScript(aScript({ operations: ['post', 'get'] }).script, store.answer);
    script.setup();
    script.run('latency_post', 50, 250);
    const versions = new Set([...store.values.values()].map((value) => value[0]));
    expect([...versions].sort()).toEqual(['A', 'B', 'C', 'D']);
    script.run('latency_get', 50, 250);
    expect(script.checks.every(({ right }) => right)).toBe(true);
    const values = [...store.values.values()];
    for (const [i, key] of [...store.values.keys()].entries()) {
      store.values.set(key, values[(i + 1) % values.length] ?? '');
    }
    script.checks.length = 0;
    script.run('latency_get', 50, 250);
    expect(script.checks.some(({ right }) => right)).toBe(false);
  });
});

/** Requests as a config file may have them. */
const json: RequestSet = {
  requests: [
    {
      name: 'put',
      method: 'PUT',
      path: '/v1/{key|url}',
      headers: { 'x-a': 'b' },
      body: '{"v":"{value|base64}"}',
      writes: true,
      repeatable: false,
      expect: { statuses: [200, 201], match: 'json', text: '{"ok":true}' },
      missing: null,
    },
    {
      name: 'read',
      method: 'GET',
      path: '/v1/{key|url}?n={index}',
      headers: {},
      body: null,
      writes: false,
      repeatable: true,
      expect: { statuses: [200], match: 'json', text: '{"items":[{"v":"{value|base64}"}]}' },
      missing: null,
    },
  ],
  preload: 'put',
  readBack: 'read',
};

test('other requests than those of the contract', () => {
  const values = new Map<string, string>();
  const answer = ({
    method,
    url,
    body,
    headers,
  }: Parameters<Parameters<typeof loadScript>[1]>[0]) => {
    const key = /\/v1\/key%3A(\d+)/.exec(url)?.[1] ?? '';
    if (method === 'PUT') {
      expect(headers).toEqual({ 'x-a': 'b' });
      values.set(key, (JSON.parse(body ?? '') as { v: string }).v);
      return { status: 201, body: '{"ok":true,"more":1}' };
    }
    expect(url).toMatch(new RegExp(`\\?n=${Number(key)}$`));
    return { status: 200, body: JSON.stringify({ items: [{ v: values.get(key), w: 1 }], x: [] }) };
  };
  const { script } = aScript({ operations: ['put:1,read:1'] }, { requests: json });
  const loaded = loadScript(script, answer);
  loaded.setup();
  loaded.run('latency_put-1_read-1', 50, 200);
  expect(loaded.checks.length).toBe(150);
  expect(loaded.checks.every(({ right }) => right)).toBe(true);
});

describe('nothing from a config is code', () => {
  const hostile = [
    '</script><script>alert(1)</script>',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what this is about
    '`${globalThis.pwned = 1}`',
    "'); globalThis.pwned = 1; ('",
    '"\\\n\r\u2028\u2029*/',
    '};\nglobalThis.pwned = 1; const x = {',
    '// export default',
  ];
  const withText = (text: string): RequestSet => ({
    ...contractRequests,
    requests: contractRequests.requests.map((request) => ({
      ...request,
      headers: { 'x-text': text },
      path: `/{key}?${text}`,
    })),
  });
  const survives = (text: string) => {
    const requests = withText(text);
    const { script } = aScript({ operations: ['get'] }, { requests });
    const store = aStore();
    loadScript(script, store.answer).run('latency_get', 50, 51);
    expect((globalThis as { pwned?: unknown }).pwned).toBeUndefined();
    expect(store.sent[0]?.headers['x-text']).toBe(text);
    expect(store.sent[0]?.url.endsWith(`?${text}`)).toBe(true);
    expect(script).not.toMatch(/<\/|[\u2028\u2029]/);
  };
  test.each(hostile)('%j', survives);
  test('whatever it is', () => {
    const safe = fc.string({ unit: 'binary' }).filter((text) => !/\{(key|value|index)/.test(text));
    fc.assert(fc.property(safe, survives), { numRuns: 30 });
  });
});

function countsOf(keys: readonly number[], count: number): number[] {
  const counts = new Array<number>(count).fill(0);
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
}
