import { inflateSync } from 'node:zlib';
import * as hdr from 'hdr-histogram-js';

/** Latencies in integer nanoseconds, to three significant digits, up to a little over an hour. */
export type LatencyHistogram = hdr.Histogram;

const highestNs = 2 ** 42;

/** An empty histogram of nanoseconds. */
export function createHistogram(): LatencyHistogram {
  return hdr.build({
    bitBucketSize: 32,
    lowestDiscernibleValue: 1,
    highestTrackableValue: highestNs,
    numberOfSignificantValueDigits: 3,
  });
}

/** HdrHistogram's standard compressed form (V2), in base64. */
export function encodeHistogram(histogram: LatencyHistogram): string {
  return hdr.encodeIntoCompressedBase64(histogram);
}

/** More than the cells of the largest histogram that is read take: 9 bytes each, headers aside. */
const maxInflatedBytes = 2 ** 20;
const headBytes = 40;
const cookies = { compressed: 0x1c849304, plain: 0x1c849303 };

/**
 * Reads HdrHistogram's standard compressed form; throws if it is not one, or claims a size or a range
 * that none of ours has: what it claims decides how long the decoder works and what it allocates.
 */
export function decodeHistogram(encoded: string): LatencyHistogram {
  const data = Buffer.from(encoded, 'base64');
  const compressed = data.subarray(8);
  if (data.length < 8 || !hasCookie(data, cookies.compressed)) throw damaged('its header');
  if (data.readInt32BE(4) !== compressed.length) throw damaged('its length');
  const plain = inflateSync(compressed, { maxOutputLength: maxInflatedBytes });
  if (plain.length < headBytes || !hasCookie(plain, cookies.plain)) throw damaged('its header');
  if (plain.readInt32BE(4) !== plain.length - headBytes) throw damaged('its length');
  const digits = plain.readInt32BE(12);
  if (digits < 1 || digits > 3) throw damaged('its number of digits');
  const [lowest, highest] = [plain.readBigInt64BE(16), plain.readBigInt64BE(24)];
  if (lowest < 1n || highest < 2n * lowest || highest > BigInt(highestNs)) {
    throw damaged('its range');
  }
  return hdr.decodeFromCompressedBase64(encoded);
}

/** The bits that tell the size of a word differ between writers. */
function hasCookie(bytes: Buffer, cookie: number): boolean {
  return (bytes.readInt32BE(0) & ~0xf0) === cookie;
}

function damaged(what: string): Error {
  return new Error(`not a histogram of HdrHistogram: ${what} is wrong`);
}
