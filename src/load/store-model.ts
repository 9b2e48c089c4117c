import { valueVersions } from '../config/schema.js';
import type { Dataset } from './dataset.js';

/** What a server must hold after the writes so far: the expectation that answers are held against. */
export interface StoreModel {
  /** The version of its value that the key must have now. */
  version(key: number): number;
  /** In how many versions the key's value comes. */
  versionsOf(key: number): number;
  /** Whether the key may have another of its values, as writes are or were under way together. */
  isUncertain(key: number): boolean;
  /** Begins a write of the key's next value, and gives its version. */
  beginWrite(key: number): number;
  /** Ends a write: the server confirmed it, or there is no telling. */
  endWrite(key: number, confirmed: boolean): void;
  /** The number of a key that was never there, to be written next. */
  insert(): number;
  /** The key that is `distance` insertions older than the newest one that can be read. */
  recent(distance: number): number;
  /** Keys written since this was last asked: those whose value is certain, and the others. */
  takeWritten(): { certain: Uint32Array; uncertain: Uint32Array };
}

/** Which keys are one generator's: those whose number leaves `index` when divided by `count`. */
export interface Share {
  index: number;
  count: number;
}

/** How many of so many things, dealt out in turn, are one generator's. */
export function ownOf(total: number, { index, count }: Share): number {
  return Math.floor((total + count - 1 - index) / count);
}

/**
 * The model of a fresh store. A value is uncertain when two writes of its key were under way at
 * once, as either may have been the later one, and when a write had no answer. The next undisturbed
 * write makes it certain again.
 */
export function createStoreModel(dataset: Dataset, { index, count }: Share): StoreModel {
  // The first write, which fills the store, then stores version 0.
  let newest = new Uint8Array(dataset.keyCount).fill(valueVersions - 1);
  let underWay = new Uint16Array(dataset.keyCount);
  let doubtful = new Uint8Array(dataset.keyCount);
  let written = new Uint8Array(dataset.keyCount);
  /** One's own keys in the order of their numbers: the n-th is index + n * count. */
  let own = Math.ceil((dataset.keyCount - index) / count);
  const inserting = new Set<number>();

  const makeRoomFor = (key: number) => {
    if (key < newest.length) return;
    const length = Math.max(key + 1, newest.length * 2);
    newest = extended(newest, length, valueVersions - 1);
    underWay = extended(underWay, length, 0);
    doubtful = extended(doubtful, length, 0);
    written = extended(written, length, 0);
  };
  const readable = () => {
    // As many as there are connections at most, and mostly none.
    let first = own;
    for (const key of inserting) first = Math.min(first, (key - index) / count);
    return first - 1;
  };

  return {
    version: (key) => newest[key] as number,
    versionsOf: dataset.versionsOf,
    isUncertain: (key) => underWay[key] !== 0 || doubtful[key] !== 0,
    beginWrite(key) {
      const version = ((newest[key] as number) + 1) % dataset.versionsOf(key);
      newest[key] = version;
      doubtful[key] = underWay[key] === 0 ? 0 : 1;
      underWay[key] = (underWay[key] as number) + 1;
      written[key] = 1;
      return version;
    },
    endWrite(key, confirmed) {
      underWay[key] = (underWay[key] as number) - 1;
      if (!confirmed) doubtful[key] = 1;
      if (inserting.size > 0) inserting.delete(key);
    },
    insert() {
      const key = index + own++ * count;
      makeRoomFor(key);
      inserting.add(key);
      return key;
    },
    recent: (distance) => index + Math.max(0, readable() - distance) * count,
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

function extended<T extends Uint8Array | Uint16Array>(from: T, length: number, fill: number): T {
  const longer = new (from.constructor as new (length: number) => T)(length).fill(fill) as T;
  longer.set(from);
  return longer;
}
