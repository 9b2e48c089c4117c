import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { valueVersions } from '../../src/config/schema.js';
import { createDataset } from '../../src/load/dataset.js';
import { createStoreModel, type Share } from '../../src/load/store-model.js';

const keyCount = 5;
const valueSize = { minBytes: 8, maxBytes: 8 };
const alone: Share = { index: 0, count: 1 };
const aModel = (share = alone, keys = keyCount) =>
  createStoreModel(createDataset({ keyCount: keys, valueSize, seed: 1 }), share);
type Model = ReturnType<typeof aModel>;

/** Writes the key; gives the version that it was given. */
function store(model: Model, key: number): number {
  const version = model.beginWrite(key);
  model.endWrite(key, true);
  return version;
}

test('a store that does what it confirms is what the model expects', () => {
  const keys = fc.array(fc.integer({ min: 0, max: keyCount - 1 }), { maxLength: 40 });
  fc.assert(
    fc.property(keys, (writes) => {
      const model = aModel();
      const stored = new Map<number, number>();
      for (const key of writes) stored.set(key, store(model, key));
      for (const [key, version] of stored) expect(model.version(key)).toBe(version);
      const { certain, uncertain } = model.takeWritten();
      expect([...certain]).toEqual([...new Set(writes)].sort());
      expect(uncertain).toHaveLength(0);
    }),
  );
});

test('the last write of a key shows if it is lost, however often the key was written', () => {
  for (let writes = 1; writes < 12; writes++) {
    const model = aModel();
    let stored: number | null = null;
    for (let n = 1; n <= writes; n++) {
      const version = store(model, 3);
      if (n < writes) stored = version;
    }
    expect(model.version(3)).not.toBe(stored);
  }
});

test('what two writes at once, or a write without an answer, leave is uncertain', () => {
  const model = aModel();
  model.beginWrite(0);
  model.beginWrite(0);
  model.endWrite(0, true);
  expect(model.isUncertain(0)).toBe(true);
  model.endWrite(0, true);
  model.beginWrite(1);
  expect(model.isUncertain(1)).toBe(true);
  model.endWrite(1, false);
  store(model, 2);
  expect([0, 1, 2, 3].map((key) => model.isUncertain(key))).toEqual([true, true, false, false]);
  const { certain, uncertain } = model.takeWritten();
  expect([...certain]).toEqual([2]);
  expect([...uncertain]).toEqual([0, 1]);
  // Another write, alone this time, settles it.
  store(model, 0);
  expect(model.isUncertain(0)).toBe(false);
  expect([...model.takeWritten().certain]).toEqual([0]);
  expect(model.takeWritten()).toEqual({ certain: new Uint32Array(), uncertain: new Uint32Array() });
});

test('a key takes its versions in turn, from the first; one that was inserted has no other', () => {
  const model = aModel();
  const versions = Array.from({ length: valueVersions + 2 }, () => store(model, 2));
  expect(versions).toEqual([0, 1, 2, 3, 0, 1]);
  expect(model.versionsOf(2)).toBe(valueVersions);
  const key = model.insert();
  expect([store(model, key), store(model, key), model.version(key)]).toEqual([0, 0, 0]);
  expect(model.versionsOf(key)).toBe(1);
});

describe('keys that are inserted', () => {
  test.each([
    [alone, [5, 6, 7]],
    [{ index: 0, count: 2 }, [6, 8, 10]],
    [{ index: 1, count: 2 }, [5, 7, 9]],
    [{ index: 2, count: 3 }, [5, 8, 11]],
  ])('have the numbers that are the share %j', (share, numbers) => {
    const model = aModel(share);
    expect([model.insert(), model.insert(), model.insert()]).toEqual(numbers);
  });

  test('of all shares are every number once', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 6, max: 20 }),
        (count, keys) => {
          const dataset = createDataset({ keyCount: keys, valueSize, seed: 1 });
          const inserted = Array.from({ length: count }, (_, index) => {
            const model = createStoreModel(dataset, { index, count });
            return Array.from({ length: 10 }, () => model.insert());
          }).flat();
          expect(new Set(inserted).size).toBe(10 * count);
          expect(Math.min(...inserted)).toBeGreaterThanOrEqual(keys);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('are read once they are stored, newest first', () => {
    const model = aModel();
    expect([0, 1, 4].map((distance) => model.recent(distance))).toEqual([4, 3, 0]);
    const key = model.insert();
    expect(model.recent(0)).toBe(4);
    const version = store(model, key);
    expect(model.recent(0)).toBe(5);
    expect(model.version(5)).toBe(version);
    // Further back than there are keys it is the oldest.
    expect(model.recent(1000)).toBe(0);
  });

  test('that are under way keep back all that are newer', () => {
    const model = aModel();
    const [first, second, third] = [model.insert(), model.insert(), model.insert()];
    for (const key of [first, second, third]) model.beginWrite(key);
    model.endWrite(third, true);
    model.endWrite(second, true);
    expect(model.recent(0)).toBe(4);
    model.endWrite(first, true);
    expect(model.recent(0)).toBe(7);
  });

  test("are one's own, for every share", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 30 }),
        fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 20 }),
        (count, inserts, distances) => {
          for (let index = 0; index < count; index++) {
            const model = aModel({ index, count }, 12);
            for (let n = 0; n < inserts; n++) store(model, model.insert());
            for (const distance of distances) {
              expect(model.recent(distance) % count).toBe(index);
              expect(model.version(model.recent(distance))).toBeLessThan(valueVersions);
            }
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  test('are among the written ones; one without an answer can be written again', () => {
    const model = aModel();
    const good = model.insert();
    store(model, good);
    const bad = model.insert();
    model.beginWrite(bad);
    model.endWrite(bad, false);
    const { certain, uncertain } = model.takeWritten();
    expect([[...certain], [...uncertain]]).toEqual([[good], [bad]]);
    const version = store(model, bad);
    expect(model.version(bad)).toBe(version);
    expect([...model.takeWritten().certain]).toEqual([bad]);
  });
});
