import { createHistogram, encodeHistogram } from '../../src/histogram.js';

const known = new Map<number, string>();

/** So many microseconds, each once, as text; written once, as that takes longer than most tests. */
export function microsecondsTo(count: number): string {
  const text = known.get(count) ?? encoded(count);
  known.set(count, text);
  return text;
}

function encoded(count: number): string {
  const histogram = createHistogram();
  for (let i = 1; i <= count; i++) histogram.recordValue(i * 1000);
  return encodeHistogram(histogram);
}
