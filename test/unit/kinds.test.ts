import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { packagePath } from '../../src/package.js';
import { resultKinds, type SavedDocument } from '../../src/report/kinds/index.js';
import { jsonSchemaOf } from '../../src/report/kinds/json-schema.js';
import { report } from '../../src/report/report.js';
import { validatorOf } from '../helpers/json-schema.js';
import { pingsKind, somePings } from '../helpers/pings.js';
import { aSweepResult } from '../helpers/reports.js';
import { aLatencyTrial, aResult, aTrial } from '../helpers/results.js';
import { aCostsResult, recordedGate } from '../helpers/saved.js';

const saved: readonly SavedDocument[] = [
  { kind: 'run', result: aResult([aTrial(), aLatencyTrial({ target: 'go' })]) },
  { kind: 'gate', result: recordedGate('pass') },
  { kind: 'sweep', result: aSweepResult() },
  { kind: 'costs', result: aCostsResult() },
];

describe.each(saved)('a result of kvbench $kind', ({ kind: name, result }) => {
  const kind = resultKinds.find((one) => one.name === name) as (typeof resultKinds)[number];
  const { name: file, text } = jsonSchemaOf(kind);

  test('has a published schema, which is the one of the code', () => {
    expect(readFileSync(packagePath(`schema/${file}`), 'utf8'), 'run `npm run schema`').toBe(text);
  });

  test('keeps it, and a broken one does not', () => {
    const validate = validatorOf(JSON.parse(text));
    expect(validate(result), JSON.stringify(validate.errors)).toBe(true);
    expect(kind.schema.parse(result)).toEqual(result);
    expect(validate({ ...result, [kind.versionKey]: kind.version + 1 })).toBe(false);
    expect(validate({ ...result, surprise: 1 })).toBe(false);
  });

  test('is a report in every format, for programs', () => {
    const document = { kind: name, result } as SavedDocument;
    expect(report([document], { format: 'html' })).toContain(`<h1>kvbench ${name}: `);
    expect(report([document], { format: 'markdown' })).toContain(`## kvbench ${name}: `);
    const text = report([document], { format: 'text' });
    expect(text).toMatch(/\S\n$/);
    expect(text).not.toContain('\u001b');
  });
});

test('each kind has a result here, a name and a version key of its own', () => {
  expect(saved.map(({ kind }) => kind)).toEqual(resultKinds.map(({ name }) => name));
  for (const key of ['name', 'versionKey'] as const) {
    expect(new Set(resultKinds.map((kind) => kind[key])).size).toBe(resultKinds.length);
  }
});

test('all that is published is of a kind, or of the config', () => {
  const files = [...resultKinds.map((kind) => jsonSchemaOf(kind).name), 'config.schema.json'];
  expect(readdirSync(packagePath('schema')).sort()).toEqual(files.sort());
});

test('a kind from elsewhere has a schema as well', () => {
  const { name, text } = jsonSchemaOf(pingsKind);
  expect(name).toBe('pings-v2.schema.json');
  expect(JSON.parse(text).title).toBe('kvbench pings result, version 2');
  const validate = validatorOf(JSON.parse(text));
  expect(validate(somePings()), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...somePings(), hosts: 1 })).toBe(false);
});

test('a kind that there is not is a usage error', () => {
  const unknown = { kind: 'pings', result: somePings() } as unknown as SavedDocument;
  expect(() => report([unknown], { format: 'text' })).toThrow(/no kind of result named "pings"/);
});

test('nothing else asks of which kind a result is', () => {
  const names = resultKinds.map(({ name }) => name).join('|');
  const keys = resultKinds.map(({ versionKey }) => versionKey).join('|');
  const asks = new RegExp(`[!=]== '(${names})'|case '(${names})':|'(${keys})' in `);
  const root = packagePath('src');
  const asking = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('report/kinds/'))
    .filter((file) => asks.test(readFileSync(`${root}/${file}`, 'utf8')));
  expect(asking).toEqual([]);
});
