import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { operatorManifest } from '../../src/k6/operator.js';
import { aScript, loadScript } from '../helpers/k6.js';

const options = (...args: Parameters<typeof aScript>) =>
  loadScript(aScript(...args).script, () => ({ status: 200 })).options;

/** Conditions by metric, those that only keep a figure left out. */
const conditions = (...args: Parameters<typeof aScript>) =>
  Object.fromEntries(
    Object.entries(options(...args).thresholds).filter(([, conditions]) => conditions.length > 0),
  );

describe('scenarios', () => {
  test('one after the other, open and closed', () => {
    const { scenarios } = options({ measures: ['latency', 'throughput'], operations: ['get'] });
    expect(scenarios).toEqual({
      latency_get: {
        executor: 'constant-arrival-rate',
        rate: 100,
        timeUnit: '1s',
        preAllocatedVUs: 4,
        maxVUs: 4,
        startTime: '0ms',
        duration: '2500ms',
        gracefulStop: '500ms',
      },
      throughput_get: {
        executor: 'constant-vus',
        vus: 4,
        startTime: '3000ms',
        duration: '2500ms',
        gracefulStop: '500ms',
      },
    });
  });

  test('a rate that is no whole number', () => {
    const { scenarios } = options({ rate: 1.5, operations: ['get'] });
    expect(scenarios['latency_get']).toMatchObject({ rate: 1500, timeUnit: '1000s' });
  });

  test('k6 takes no scenario below a second', () => {
    const changes = { durationMs: 100, warmupMs: 100, operations: ['get'] };
    expect(options(changes).scenarios['latency_get']).toMatchObject({ duration: '1000ms' });
    expect(aScript(changes).warnings.join()).toContain('900 ms are measured');
  });

  test.each([
    ['a rate by calibration', { rate: 'auto' }, /needs a rate/],
    ['fewer connections than runners', { connections: 3 }, /can't be shared by 4/],
    ['a request that the target has not', { operations: ['put'] }, /no request named put/],
  ] as const)('no script: %s', (_, changes, message) => {
    const { operations, ...others } = { operations: ['get'], ...changes };
    const script = () => aScript({ ...others, operations: [...operations] }, { parallelism: 4 });
    expect(script).toThrow(message);
  });

  test.each([
    [{ arrivals: 'poisson' }, /evenly spaced/],
    [{ requestsPerConnection: 10 }, /for one request or for all/],
    [{ distribution: 'latest' }, /both answers count/],
  ] as const)('what k6 does otherwise is said: %j', (changes, warning) => {
    expect(aScript(changes).warnings.join()).toMatch(warning);
    expect(aScript().warnings).toEqual([]);
  });
});

describe('thresholds', () => {
  const both = { measures: ['latency', 'throughput'], operations: ['get'] } as const;
  const of = (...failOn: string[]) =>
    conditions({ ...both, measures: [...both.measures], operations: [...both.operations], failOn });
  const latency = 'http_req_duration{kv_trial:latency_get}';

  test.each([
    ['get.p99>5ms', { [latency]: ['p(99)<=5'] }],
    ['get.p50>=120us', { [latency]: ['p(50)<0.12'] }],
    ['p999>1s', { [latency]: ['p(99.9)<=1000'] }],
    ['go.get.max>1ns', { [latency]: ['max<=0.000001'] }],
    ['go.p90>1ms', { [latency]: ['p(90)<=1'] }],
    ['p99<1ms', { [latency]: ['p(99)>=1'] }],
    // 2 s are measured.
    ['rps<20000', { 'http_reqs{kv_trial:throughput_get}': ['count>=40000'] }],
    [
      'errors>0',
      {
        'kv_errors{kv_trial:latency_get}': ['count<=0'],
        'dropped_iterations{scenario:latency_get}': ['count<=0'],
        'kv_errors{kv_trial:throughput_get}': ['count<=0'],
      },
    ],
    [
      'errors>0.1%',
      {
        'checks{kv_trial:latency_get}': ['rate>=0.999'],
        'dropped_iterations{scenario:latency_get}': ['count<=0.2'],
        'checks{kv_trial:throughput_get}': ['rate>=0.999'],
      },
    ],
  ])('%s', (expression, expected) => {
    expect(of(expression)).toEqual(expected);
  });

  test('several of one figure', () => {
    expect(of('p99>5ms', 'p50>1ms')).toEqual({ [latency]: ['p(99)<=5', 'p(50)<=1'] });
  });

  test.each([
    ['ratio(rust/go).get.p50>1.2', /one target/],
    ['cpu>1ms', /server's process/],
    ['rss>64MiB', /server's process/],
    ['rust.get.p99>5ms', /it is about rust/],
    ['put.p99>5ms', /nothing in it is named put/],
    ['rps<5', /about throughput/],
  ])('what k6 cannot judge is said: %s', (expression, why) => {
    const { warnings } = aScript({ operations: ['get'], failOn: [expression] });
    expect(warnings).toEqual([expect.stringMatching(why)]);
    expect(conditions({ operations: ['get'], failOn: [expression] })).toEqual({});
  });

  test('runners share the load, and judge their own part of it', () => {
    const changes = {
      measures: ['throughput' as const],
      operations: ['get'],
      failOn: ['rps<1000'],
    };
    expect(conditions(changes, { parallelism: 4 })).toEqual({
      'http_reqs{kv_trial:throughput_get}': ['count>=500'],
    });
    expect(aScript(changes, { parallelism: 4 }).warnings.join()).toContain('own share');
  });
});

describe("the operator's manifest", () => {
  const given = { name: 'kvbench', namespace: null, parallelism: 4, url: 'http://kv:8080' };

  test('holds the script as it is', () => {
    const { script } = aScript({}, { baseUrl: 'http://a/---\n: {}' });
    const [map, run] = parseAllDocuments(operatorManifest(script, given)).map((d) => d.toJSON());
    expect(map).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kvbench' },
      data: { 'kvbench.js': script },
    });
    expect(run).toEqual({
      apiVersion: 'k6.io/v1alpha1',
      kind: 'TestRun',
      metadata: { name: 'kvbench' },
      spec: {
        parallelism: 4,
        script: { configMap: { name: 'kvbench', file: 'kvbench.js' } },
        runner: { env: [{ name: 'KVBENCH_URL', value: 'http://kv:8080' }] },
      },
    });
  });

  test('names a namespace', () => {
    const [map] = operatorManifest('x', { ...given, namespace: 'load' }).split('---');
    expect(parse(map ?? '')).toMatchObject({ metadata: { namespace: 'load' } });
  });

  test.each([
    [{ name: 'Kv Bench' }, /--name/],
    [{ name: 'a\nkind: Secret' }, /--name/],
    [{ namespace: '-x' }, /--namespace/],
  ])('refuses %j', (changes, message) => {
    expect(() => operatorManifest('x', { ...given, ...changes })).toThrow(message);
  });

  test('refuses what fits in no ConfigMap', () => {
    expect(() => operatorManifest('x'.repeat(2 ** 20 + 1), given)).toThrow(/ConfigMap/);
  });
});
