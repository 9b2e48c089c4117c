import { valueVersions } from '../../config/schema.js';
import type { Workload } from '../protocol.js';

/** Of the process by itself, with a sequence of requests and its histograms. */
const baseBytes = 18 * 1024 * 1024;
/** Where a key's value begins, and what is known of it; rounded up. */
const keyBytes = 16;

/**
 * About how many bytes of memory each process of the native engine takes for a workload. Values
 * come in several versions if anything writes them.
 */
export function nativeMemoryBytes(
  { keys, valueSize }: Pick<Workload, 'keys' | 'valueSize'>,
  writes: boolean,
): number {
  const meanBytes = (valueSize.minBytes + valueSize.maxBytes) / 2;
  return baseBytes + keys * (keyBytes + meanBytes * (writes ? valueVersions : 1));
}
