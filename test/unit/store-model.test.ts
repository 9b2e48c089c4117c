import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDataset } from '../../src/load/dataset.js';
import { createStoreModel } from '../../src/load/store-model.js';

const keyCount = 5;
const dataset = createDataset({ keyCount, valueSizeBytes: 8, seed: 1 });
const valueIn = (body: Buffer) => body.subarray(body.indexOf('=') + 1);

test('a store that does what it confirms is what the model expects', () => {
  const keys = fc.array(fc.integer({ min: 0, max: keyCount - 1 }), { maxLength: 40 });
  fc.assert(
    fc.property(keys, (writes) => {
      const model = createStoreModel(dataset);
      const store = new Map<number, Buffer>();
      for (const key of writes) {
        store.set(key, valueIn(model.beginWrite(key)));
        model.endWrite(key, true);
      }
      for (const [key, value] of store) expect(model.expected(key)).toEqual(value);
      const { certain, uncertain } = model.takeWritten();
      expect([...certain]).toEqual([...new Set(writes)].sort());
      expect(uncertain).toHaveLength(0);
    }),
  );
});

test('the last write of a key shows if it is lost, however often the key was written', () => {
  for (let writes = 1; writes < 12; writes++) {
    const model = createStoreModel(dataset);
    let stored: Buffer | null = null;
    for (let n = 1; n <= writes; n++) {
      const value = valueIn(model.beginWrite(3));
      if (n < writes) stored = value;
      model.endWrite(3, true);
    }
    expect(model.expected(3)).not.toEqual(stored);
  }
});

test('what two writes at once, or a write without an answer, leave is uncertain', () => {
  const model = createStoreModel(dataset);
  model.beginWrite(0);
  model.beginWrite(0);
  model.endWrite(0, true);
  model.endWrite(0, true);
  model.beginWrite(1);
  model.endWrite(1, false);
  model.beginWrite(2);
  model.endWrite(2, true);
  const { certain, uncertain } = model.takeWritten();
  expect([...certain]).toEqual([2]);
  expect([...uncertain]).toEqual([0, 1]);
  // Another write, alone this time, settles it.
  model.beginWrite(0);
  model.endWrite(0, true);
  expect([...model.takeWritten().certain]).toEqual([0]);
  expect(model.takeWritten()).toEqual({ certain: new Uint32Array(), uncertain: new Uint32Array() });
});
