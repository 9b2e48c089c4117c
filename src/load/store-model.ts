import { valueVersions } from '../config/schema.js';
import type { Dataset } from './dataset.js';

/** What a server must hold after the writes so far: the expectation that answers are held against. */
export interface StoreModel {
  /** The value that the key must have now. */
  expected(key: number): Buffer;
  /** Begins a write of the key's next value, and gives its body. */
  beginWrite(key: number): Buffer;
  /** Ends a write: the server confirmed it, or there is no telling. */
  endWrite(key: number, confirmed: boolean): void;
  /** Keys written since this was last asked: those whose value is certain, and the others. */
  takeWritten(): { certain: Uint32Array; uncertain: Uint32Array };
}

/**
 * The model of a fresh store. A value is uncertain when two writes of its key were under way at
 * once, as either may have been the later one, and when a write had no answer. The next undisturbed
 * write makes it certain again.
 */
export function createStoreModel(dataset: Dataset): StoreModel {
  const versions = Array.from({ length: valueVersions }, (_, version) => ({
    bodies: dataset.bodies(version),
    values: dataset.values(version),
  }));
  // The first write, which fills the store, then stores version 0.
  const newest = new Uint8Array(dataset.keyCount).fill(valueVersions - 1);
  const underWay = new Uint16Array(dataset.keyCount);
  const doubtful = new Uint8Array(dataset.keyCount);
  const written = new Uint8Array(dataset.keyCount);

  return {
    expected: (key) => versions[newest[key] as number]?.values[key] as Buffer,
    beginWrite(key) {
      const version = ((newest[key] as number) + 1) % valueVersions;
      newest[key] = version;
      doubtful[key] = underWay[key] === 0 ? 0 : 1;
      underWay[key] = (underWay[key] as number) + 1;
      written[key] = 1;
      return versions[version]?.bodies[key] as Buffer;
    },
    endWrite(key, confirmed) {
      underWay[key] = (underWay[key] as number) - 1;
      if (!confirmed) doubtful[key] = 1;
    },
    takeWritten() {
      const certain: number[] = [];
      const uncertain: number[] = [];
      for (let key = 0; key < written.length; key++) {
        if (written[key]) (doubtful[key] ? uncertain : certain).push(key);
      }
      written.fill(0);
      return { certain: Uint32Array.from(certain), uncertain: Uint32Array.from(uncertain) };
    },
  };
}
