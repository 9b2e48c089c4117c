import { Chalk } from 'chalk';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mediumFor } from '../../src/cli/io.js';
import { gateKind } from '../../src/report/kinds/gate.js';
import { known } from '../../src/report/kinds/kind.js';
import { runKind } from '../../src/report/kinds/run.js';
import { sweepKind } from '../../src/report/kinds/sweep.js';
import { runtimeFigures } from '../../src/report/runtime.js';
import { columnGroups, fitted, renderTable } from '../../src/report/tables.js';
import { documentText } from '../../src/report/text.js';
import { aGateResult, createNormal, someRounds } from '../helpers/gate.js';
import { aSeriesResult, aSweepResult } from '../helpers/reports.js';

const chalk = new Chalk({ level: 0 });
const widest = (text: string) => Math.max(...text.split('\n').map((line) => [...line].length));

test('columns that do not fit stand below, with the names once more', () => {
  const table = (width?: number) =>
    renderTable(['target', 'P50', 'P99'], [['rust', '79.4 µs', '1.23 ms']], { chalk, width });
  expect(table()).toBe('target      P50      P99\nrust    79.4 µs  1.23 ms');
  expect(table(24)).toBe(table());
  expect(table(23)).toBe('target      P50\nrust    79.4 µs\n\ntarget      P99\nrust    1.23 ms');
});

test('every column stands once, in its order, and groups fit where more than one stands in them', () => {
  const widths = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(
      widths,
      fc.integer({ min: 0, max: 4 }),
      fc.integer({ min: 1, max: 90 }),
      (all, keys, width) => {
        const names = all.map((_, column) => column).slice(0, keys);
        const groups = columnGroups(all, keys, width);
        const others = groups.flatMap((group) => group.slice(names.length));
        expect([...names, ...others]).toEqual(all.map((_, column) => column));
        for (const group of groups) {
          expect(group.slice(0, names.length)).toEqual(names);
          const taken = group.reduce((sum, column) => sum + (all[column] ?? 0) + 2, -2);
          if (group.length > names.length + 1) expect(taken).toBeLessThanOrEqual(width);
        }
      },
    ),
  );
});

describe('what is longer than a terminal is wide', () => {
  test('breaks at spaces, and is indented below', () => {
    expect(fitted('  one two three', 9)).toBe('  one two\n    three');
    expect(fitted('one', 2)).toBe('one');
    expect(fitted('a long line of words')).toBe('a long line of words');
  });

  test('is measured without its colours', () => {
    const red = new Chalk({ level: 1 }).red('one two');
    expect(fitted(red, 7)).toBe(red);
  });

  test('loses no word', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z]{1,9}$/)),
        fc.integer({ min: 1 }),
        (words, width) => {
          expect(fitted(words.join(' '), width).split(/\s+/).join(' ')).toBe(words.join(' '));
        },
      ),
    );
  });
});

test.each([40, 60, 80])('reports fit a terminal of %d columns', (width) => {
  const run = aSeriesResult({ rounds: 5 });
  const gate = aGateResult(someRounds(12, { noise: createNormal(1) }));
  for (const document of [
    known(runKind, run),
    known(sweepKind, aSweepResult()),
    known(gateKind, gate),
  ]) {
    const besides = runtimeFigures(run);
    const text = documentText(document, { chalk, plot: { ascii: false }, width, besides });
    expect(widest(text)).toBeLessThanOrEqual(width);
  }
});

test('only a terminal has a width', () => {
  const write = () => true;
  expect(mediumFor({ write, isTTY: true, columns: 40 }, {}).width).toBe(40);
  expect(mediumFor({ write, isTTY: true, columns: 0 }, {}).width).toBeUndefined();
  expect(mediumFor({ write, columns: 40 }, {}).width).toBeUndefined();
});
