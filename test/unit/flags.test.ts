import { InvalidArgumentError } from 'commander';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  durationFlag,
  flagReader,
  fractionFlag,
  listFlag,
  wholeNumberFlag,
} from '../../src/cli/flags.js';
import { autoOrNumber, operations, sizeRange } from '../../src/config/settings/texts.js';

const autoOrNumberFlag = flagReader(autoOrNumber);
const operationsFlag = flagReader(operations);
const sizeRangeFlag = flagReader(sizeRange);

test.each([
  ['128', 128, 128],
  ['4KiB', 4096, 4096],
  ['64-1KiB', 64, 1024],
  ['1k-1k', 1024, 1024],
  ['16 - 512', 16, 512],
  // Which way round it must be is for the schema to say.
  ['9-8', 9, 8],
])('value size %j', (text, minBytes, maxBytes) => {
  expect(sizeRangeFlag(text)).toEqual({ minBytes, maxBytes });
});

test.each([
  ['0', 0],
  ['7', 7],
  ['auto', 'auto'],
])('%j as a number or auto', (text, value) => expect(autoOrNumberFlag(text)).toBe(value));

test.each([
  ['5%', 0.05],
  ['5 %', 0.05],
  ['0.05', 0.05],
  ['100%', 1],
  ['0', 0],
  ['2.5%', 0.025],
])('%j as a fraction', (text, value) => expect(fractionFlag(text)).toBeCloseTo(value, 12));

test.each([
  ['get,post', ['get', 'post']],
  ['get', ['get']],
  ['get:95,post:5', ['get:95,post:5']],
  ['post:5,get:95', ['get:95,post:5']],
  ['post:5 , get:95', ['get:95,post:5']],
])('operations %j are %j', (text, names) => expect(operationsFlag(text)).toEqual(names));

test('a list is cut at its commas', () => {
  expect(listFlag('a, b,c')).toEqual(['a', 'b', 'c']);
});

test.each([
  [sizeRangeFlag, ['', 'x', '1-2-3', '-5', '5-', '1-x', '1TB']],
  [autoOrNumberFlag, ['', 'Auto', '-1', '1.5', '1e3', '0x10', ' 1']],
  [fractionFlag, ['', '%', '-5%', '5%%', 'half', '1e-2', '.5', '5 percent']],
  [durationFlag, ['', '2', '-1s', '1x']],
  [wholeNumberFlag, ['', '-1', '1.5', '1e3', '0x10']],
] as const)('%o refuses what is none', (flag, texts) => {
  for (const text of texts) expect(() => flag(text), text).toThrow(InvalidArgumentError);
});

test('whatever is typed, it is a value or a usage error', () => {
  const flags = [sizeRangeFlag, autoOrNumberFlag, fractionFlag, operationsFlag, durationFlag];
  fc.assert(
    fc.property(fc.string(), fc.constantFrom(...flags), (text, flag) => {
      try {
        const value = flag(text);
        if (typeof value === 'number') expect(value).toBeGreaterThanOrEqual(0);
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidArgumentError);
      }
    }),
  );
});
