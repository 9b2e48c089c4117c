import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { configFileSchema, configJsonSchema, defineConfig } from '../../src/api/project.js';
import { packagePath } from '../../src/package.js';

const validate = new Ajv().compile(JSON.parse(configJsonSchema()));

test('the published schema is the one in the code', async () => {
  const published = await readFile(packagePath('schema/config.schema.json'), 'utf8');
  expect(published, 'run `npm run schema`').toBe(configJsonSchema());
});

test('it describes every setting of a run, for editors to show', () => {
  const { properties } = JSON.parse(configJsonSchema());
  const run = properties.run.properties as Record<string, { description?: string }>;
  for (const [name, { description }] of Object.entries(run)) expect(description, name).toBeTruthy();
});

const start = { command: ['node', 'x.js'] };
const target = (settings: object) => ({ targets: { mine: settings } });
const request = (settings: object) => ({ requests: { get: { path: '/', ...settings } } });

describe('zod and the published schema agree', () => {
  test.each([
    [{}],
    [{ $schema: './node_modules/kvbench/schema/config.schema.json' }],
    [{ run: { rate: 'auto', rounds: 5, valueSize: { minBytes: 1, maxBytes: 9 }, failOn: [] } }],
    [{ scenarios: { spike: { rate: 500, requestsPerConnection: null } } }],
    [target({ start, build: { command: 'make', shell: true, inputs: ['*.c'], artifact: 'a' } })],
    [target({ start: { ...start, env: { PORT: '{port}' }, files: { 'x.conf': 'x.tmpl' } } })],
    [target({ start, ready: { http: '/health', status: 204 }, stop: { signal: 'SIGINT' } })],
    [target({ start, ready: { tcp: true } })],
    [target({ start, ready: { line: 'on {addr}', timeoutMs: 100 } })],
    [target({ url: 'http://127.0.0.1:1', pid: 7, contract: true, preload: 'put' })],
    [request({ method: 'PUT', body: { json: { a: [1, '{value}', null] } }, headers: { a: 'b' } })],
    [request({ body: { form: { a: '{key}' } }, expect: { status: [200, 201], json: {} } })],
  ])('%j is good', (config) => {
    expect(configFileSchema.safeParse(config).error).toBeUndefined();
    expect(validate(config), JSON.stringify(validate.errors)).toBe(true);
  });

  test.each([
    [[]],
    [{ surprise: 1 }],
    [{ run: { rate: 0 } }],
    [{ run: { rounds: 1.5 } }],
    [{ run: { durationMs: '2s' } }],
    [{ run: { valueSize: { minBytes: 1 } } }],
    [{ run: { operations: ['get:1'] } }],
    [{ scenarios: { 'A b': {} } }],
    [{ targets: { Mine: { start } } }],
    [target({ start: {} })],
    [target({ start: { command: [] } })],
    [target({ start: { ...start, env: { PORT: 1 } } })],
    [target({ start, ready: { htp: '/' } })],
    [target({ start, ready: { http: 'health' } })],
    [target({ start, stop: { signal: 'SIGFOO' } })],
    [{ requests: { get: {} } }],
    [request({ method: 'FETCH' })],
    [request({ path: 'x' })],
    [request({ expect: { status: 99 } })],
  ])('%j is bad', (config) => {
    expect(configFileSchema.safeParse(config).success).toBe(false);
    expect(validate(config)).toBe(false);
  });
});

test('defineConfig gives back what it is given', () => {
  const config = { run: { rounds: 3 } };
  expect(defineConfig(config)).toBe(config);
});
