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

/** Reads HdrHistogram's standard compressed form; throws if it is not one. */
export function decodeHistogram(encoded: string): LatencyHistogram {
  return hdr.decodeFromCompressedBase64(encoded);
}
