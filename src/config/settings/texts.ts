import { canonicalOperation } from '../operations.js';
import { parseDurationMs, parseSizeBytes } from '../units.js';

/** A text that stands for no value; the message says, in a sentence, what to give instead. */
export class UnreadableText extends Error {}

/** How the values of a setting are said in a flag, and in the variable that stands for it. */
export interface Text<Value, Read = unknown> {
  /**
   * What a text says, as far as it can be told without the schema: throws `UnreadableText`. `before`
   * is what the flag was given already.
   */
  read(text: string, before?: Value): Read;
  /** The words of a command line that say a value, the flag among them; null: there are none for it. */
  argv(flag: string, value: Value): string[] | null;
}

function written<Value, Read>(
  read: (text: string) => Read,
  write: (value: Value) => string | null,
): Text<Value, Read> {
  return {
    read: (text) => read(text),
    argv: (flag, value) => {
      const word = write(value);
      return word === null ? null : [flag, word];
    },
  };
}

/** Digits only: `Number` would also take `1e3`, `0x10` and an empty text. */
function readWhole(text: string, hint = 'Give a whole number.'): number {
  if (!/^\d+$/.test(text)) throw new UnreadableText(hint);
  return Number(text);
}

function writeWhole(number: number | null): string | null {
  return number === null ? null : String(number);
}

function readList(text: string): string[] {
  return text.split(',').map((item) => item.trim());
}

/** A list as a flag takes it, which divides it at commas. */
function writeList(items: readonly string[]): string | null {
  const isPlain = items.every((item) => item === item.trim() && !item.includes(','));
  return isPlain ? items.join() : null;
}

/** A text as it is; the checks are the schema's. */
export const plain = written<string, string>(
  (text) => text,
  (text) => text,
);

/** A whole number; there are no words for none. */
export const wholeNumber = written<number | null, number>((text) => readWhole(text), writeWhole);

/** `2`, or `1,2,4` as a list. */
export const wholeNumbers = written<number | null, number | number[]>((text) => {
  const numbers = readList(text).map((item) => readWhole(item));
  return numbers.length === 1 ? (numbers[0] as number) : numbers;
}, writeWhole);

/** A whole number, or `auto`. */
export const autoOrNumber = written<number | 'auto', number | 'auto'>(
  (text) => (text === 'auto' ? text : readWhole(text, 'Give a whole number, or auto.')),
  (value) => (value === 'auto' || Number.isInteger(value) ? String(value) : null),
);

/** `2s`, `500ms` as milliseconds; there are no words for `auto`. */
export const duration = written<number | 'auto', number>(
  (text) => {
    const ms = parseDurationMs(text);
    if (Number.isNaN(ms)) throw new UnreadableText('Give a number and a unit: 500ms, 2s, 1m.');
    return ms;
  },
  (ms) => (ms === 'auto' ? null : `${ms}ms`),
);

/** `5%` or `0.05` as a fraction. */
export const fraction = written<number, number>((text) => {
  const [, number, percent] = /^(\d+(?:\.\d+)?)(\s?%)?$/.exec(text.trim()) ?? [];
  if (number === undefined) throw new UnreadableText('Give a fraction, as 0.05 or 5%.');
  return Number(number) / (percent ? 100 : 1);
}, decimal);

/** A fraction in digits, exactly, where `String` would write 1e-7. */
export function decimal(value: number): string {
  const [mantissa = '', exponent] = String(value).split('e-');
  if (exponent === undefined) return mantissa;
  return `0.${'0'.repeat(Number(exponent) - 1)}${mantissa.replace('.', '')}`;
}

/** `a,b` as a list; the checks are the schema's. */
export const list = written<readonly string[], string[]>(readList, writeList);

/** `get,post` as two operations, `get:95,post:5` as one mix, in that order of its parts. */
export const operations = written<readonly string[], string[]>(
  (text) => (text.includes(':') ? [canonicalOperation(text)] : readList(text)),
  (names) => {
    const [first = ''] = names;
    if (!names.some((name) => name.includes(':'))) return writeList(names);
    // Several requests, or one mix with its parts in order: what the flag can tell apart.
    return names.length === 1 && first === canonicalOperation(first) ? first : null;
  },
);

interface SizeRange {
  minBytes: number;
  maxBytes: number;
}

/** `128`, `4k`, or a range as `64-1KiB`, in bytes. */
export const sizeRange = written<SizeRange, SizeRange>(
  (text) => {
    const [min = Number.NaN, max = min, ...more] = text.split('-').map(parseSizeBytes);
    if (Number.isNaN(min) || Number.isNaN(max) || more.length > 0) {
      throw new UnreadableText('Give bytes, a size as 4KiB or 1MB, or a range as 64-1KiB.');
    }
    return { minBytes: min, maxBytes: max };
  },
  ({ minBytes, maxBytes }) => (minBytes === maxBytes ? `${minBytes}` : `${minBytes}-${maxBytes}`),
);

/** A text for each time that the flag is given. */
export const repeated: Text<readonly string[], string[]> = {
  read: (text, before = []) => [...before, text],
  argv: (flag, texts) => texts.flatMap((text) => [flag, text]),
};

/** A flag that takes no value, and has a sister that says no. */
export const onOrOff: Text<boolean, boolean> = {
  read: (text) => {
    if (/^(1|true|yes|on)$/i.test(text)) return true;
    if (/^(0|false|no|off)$/i.test(text)) return false;
    throw new UnreadableText('Give 1 or 0.');
  },
  argv: (flag, isOn) => [isOn ? flag : flag.replace(/^--/, '--no-')],
};
