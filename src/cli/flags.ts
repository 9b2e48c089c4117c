import { InvalidArgumentError } from 'commander';
import { parseDurationMs, parseSizeBytes } from '../config/units.js';

/** `2s`, `500ms` as milliseconds. */
export function durationFlag(text: string): number {
  const ms = parseDurationMs(text);
  if (Number.isNaN(ms)) throw new InvalidArgumentError('Give a number and a unit: 500ms, 2s, 1m.');
  return ms;
}

/** `128`, `4k` as bytes. */
export function sizeFlag(text: string): number {
  const bytes = parseSizeBytes(text);
  if (Number.isNaN(bytes)) throw new InvalidArgumentError('Give bytes, or a size as 4KiB or 1MB.');
  return bytes;
}

/** Digits only: `Number` would also take `1e3`, `0x10` and an empty text. */
export function wholeNumberFlag(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
  return Number(text);
}

/** `a,b` as a list; the checks are the schema's. */
export function listFlag(text: string): string[] {
  return text.split(',').map((item) => item.trim());
}
