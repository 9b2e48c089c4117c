import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sideBySide } from '../../src/side-by-side.js';

const turns = fc.array(fc.nat(5), { maxLength: 12 });
const most = fc.integer({ min: 1, max: 5 });

/** Does nothing for so many turns of the event loop. */
async function pass(count: number) {
  for (let turn = 0; turn < count; turn++) await nextTurn();
}

test('everything is begun in order, so many at a time at most, and told in order', async () => {
  await fc.assert(
    fc.asyncProperty(turns, most, async (items, most) => {
      const begun: number[] = [];
      let underWay = 0;
      let together = 0;
      const done = await sideBySide(items, most, async (count, index) => {
        begun.push(index);
        together = Math.max(together, ++underWay);
        await pass(count);
        underWay--;
        return `${index}: ${count}`;
      });
      expect(done).toEqual(items.map((count, index) => `${index}: ${count}`));
      expect(begun).toEqual([...items.keys()]);
      // As many as may be, from the first moment on.
      expect(together).toBe(Math.min(most, items.length));
    }),
  );
});

test('the first in order that failed is told, when all that was begun has ended', async () => {
  const failing = fc.array(fc.record({ count: fc.nat(5), fails: fc.boolean() }), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(failing, most, async (items, most) => {
      const failed = new Set<number>();
      let underWay = 0;
      let begunAfter = 0;
      const error: unknown = await sideBySide(items, most, async ({ count, fails }, index) => {
        underWay++;
        if (failed.size > 0) begunAfter++;
        await pass(count);
        underWay--;
        if (!fails) return;
        failed.add(index);
        throw new Error(`${index}`);
      }).then(
        () => null,
        (reason) => reason,
      );
      expect(underWay).toBe(0);
      // Those that others had taken in the same moment.
      expect(begunAfter).toBeLessThan(most);
      expect(error instanceof Error ? Number(error.message) : null).toBe(
        failed.size > 0 ? Math.min(...failed) : null,
      );
    }),
  );
});
