import { InvalidArgumentError } from 'commander';
import { canonicalOperation, type RunConfig } from '../config/schema.js';
import { parseDurationMs, parseSizeBytes } from '../config/units.js';

/** `2s`, `500ms` as milliseconds. */
export function durationFlag(text: string): number {
  const ms = parseDurationMs(text);
  if (Number.isNaN(ms)) throw new InvalidArgumentError('Give a number and a unit: 500ms, 2s, 1m.');
  return ms;
}

/** `128`, `4k`, or a range as `64-1KiB`, in bytes. */
export function sizeRangeFlag(text: string): RunConfig['valueSize'] {
  const [minBytes = Number.NaN, maxBytes = minBytes, ...more] = text.split('-').map(parseSizeBytes);
  if (Number.isNaN(minBytes) || Number.isNaN(maxBytes) || more.length > 0) {
    throw new InvalidArgumentError('Give bytes, a size as 4KiB or 1MB, or a range as 64-1KiB.');
  }
  return { minBytes, maxBytes };
}

/** `2MiB` in bytes. */
export function sizeFlag(text: string): number {
  const bytes = parseSizeBytes(text);
  if (Number.isNaN(bytes)) throw new InvalidArgumentError('Give bytes, or a size as 2MiB.');
  return bytes;
}

/** Digits only: `Number` would also take `1e3`, `0x10` and an empty text. */
export function wholeNumberFlag(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
  return Number(text);
}

/** `2`, or `1,2,4` as a list. */
export function wholeNumbersFlag(text: string): number | number[] {
  const numbers = listFlag(text).map(wholeNumberFlag);
  return numbers.length === 1 ? (numbers[0] as number) : numbers;
}

/** A whole number, or `auto`. */
export function autoOrNumberFlag(text: string): number | 'auto' {
  if (text === 'auto') return text;
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Give a whole number, or auto.');
  return Number(text);
}

/** `5%` or `0.05` as a fraction. */
export function fractionFlag(text: string): number {
  const [, number, percent] = /^(\d+(?:\.\d+)?)(\s?%)?$/.exec(text.trim()) ?? [];
  if (number === undefined) throw new InvalidArgumentError('Give a fraction, as 0.05 or 5%.');
  return Number(number) / (percent ? 100 : 1);
}

/** Adds a text to those that the flag was given before. */
export function repeatedFlag(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

/** Whether a variable switches a flag on. */
export function switchFlag(text: string): boolean {
  if (/^(1|true|yes|on)$/i.test(text)) return true;
  if (/^(0|false|no|off)$/i.test(text)) return false;
  throw new InvalidArgumentError('Give 1 or 0.');
}

/** `a,b` as a list; the checks are the schema's. */
export function listFlag(text: string): string[] {
  return text.split(',').map((item) => item.trim());
}

/** `get,post` as two operations, `get:95,post:5` as one mix, in that order of its parts. */
export function operationsFlag(text: string): string[] {
  const items = listFlag(text);
  return text.includes(':') ? [canonicalOperation(text)] : items;
}

/** A form of a result, and the file that it goes to. */
export interface ReportFile<Form extends string = string> {
  name: Form;
  file: string;
}

/** `junit=report.xml`, repeatable; only forms that there are. */
export function reportFileFlag<Form extends string>(
  forms: readonly Form[],
  text: string,
  before: readonly ReportFile<Form>[] = [],
): ReportFile<Form>[] {
  const at = text.indexOf('=');
  const [name, file] = [text.slice(0, at), text.slice(at + 1)];
  const form = forms.find((one) => one === name);
  if (file === '' || form === undefined) {
    throw new InvalidArgumentError(
      `Give a form and a file, as junit=report.xml; forms: ${forms.join(', ')}.`,
    );
  }
  return [...before, { name: form, file }];
}
