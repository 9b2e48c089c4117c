/**
 * Works on items, which are begun in their order, so many at a time at most; gives what came of each, in
 * their order too. When one fails no more are begun, and all have ended when the error is thrown: that of the
 * first in order, if several failed.
 */
export async function sideBySide<T, R>(
  items: readonly T[],
  most: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const done: R[] = [];
  const failed: { index: number; error: unknown }[] = [];
  const queue = items.entries();
  const takeInTurn = async () => {
    // All draw from one iterator, so each item is taken once.
    for (const [index, item] of queue) {
      if (failed.length > 0) return;
      try {
        done[index] = await work(item, index);
      } catch (error) {
        failed.push({ index, error });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, takeInTurn));
  const [first] = failed.toSorted((a, b) => a.index - b.index);
  if (first) throw first.error;
  return done;
}
