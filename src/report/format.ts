/** Figures as text for people. Every function here is pure; units are in the names. */
import { grouped } from '../plural.js';
import type { Unit } from '../stats/metrics.js';
import { endlessRatio } from '../stats/signed-rank.js';

/** A whole number with separators: `45,806`. */
export function formatCount(value: number): string {
  return grouped(value);
}

/** Three significant digits below 1000, a whole number above: `0.500`, `79.4`, `1,235`. */
export function formatNumber(value: number): string {
  return value !== 0 && Math.abs(value) < 999.5 ? value.toPrecision(3) : formatCount(value);
}

/** A rate as somebody gave it, or as it was measured: `10,000`, `63.6`, `0.300`; never 0 for some. */
export function formatRate(perSecond: number): string {
  return Number.isInteger(perSecond) ? formatCount(perSecond) : formatNumber(perSecond);
}

/** A rate of requests: `10,000 requests/s`, `1 request/s`. */
export function formatRequestRate(perSecond: number): string {
  return `${formatRate(perSecond)} ${perSecond === 1 ? 'request' : 'requests'}/s`;
}

/** A time with the unit that suits it: `812 ns`, `79.4 µs`, `1.23 ms`, `2.50 s`. */
export function formatNs(ns: number): string {
  const [size, unit] = timeUnit(ns);
  return `${formatNumber(ns / size)} ${unit}`;
}

/**
 * With the sign of a bound: `≥1.00 s` where requests were not answered in
 * time, `≤` where the generator has a part.
 */
export function withBound(text: string, bound: 'least' | 'most' | null | undefined): string {
  return bound ? `${bound === 'least' ? '≥' : '≤'}${text}` : text;
}

/** A duration that somebody chose, as they would write it: `600 ms`, `2 s`, `2 min 5 s`. */
export function formatMs(ms: number): string {
  if (ms < 60_000) {
    const [size, unit] = timeUnit(ms * 1e6);
    return `${Number(((ms * 1e6) / size).toPrecision(3))} ${unit}`;
  }
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

const timeUnits = [
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'µs'],
] as const;

/** 999.5 counts as 1000, so that rounding never prints `1000 µs`. */
function timeUnit(ns: number): readonly [number, string] {
  return timeUnits.find(([factor]) => ns >= factor * 0.9995) ?? [1, 'ns'];
}

/** A size in binary units: `512 B`, `7.92 MiB`. */
export function formatBytes(bytes: number): string {
  const units: [number, string][] = [
    [2 ** 30, 'GiB'],
    [2 ** 20, 'MiB'],
    [2 ** 10, 'KiB'],
  ];
  // As with times: what rounds to 1024 of a unit is 1 of the next.
  const [size, unit] = units.find(([factor]) => bytes >= factor * (1 - 0.5 / 1024)) ?? [1, 'B'];
  return unit === 'B' ? `${bytes} B` : `${formatNumber(bytes / size)} ${unit}`;
}

/** An amount as tables show it, with the unit that suits it. */
export function formatAmount(value: number, unit: Unit): string {
  switch (unit) {
    case 'ns':
      return formatNs(value);
    case 'bytes':
      return value < 0 ? `-${formatBytes(Math.round(-value))}` : formatBytes(Math.round(value));
    case 'count':
      return formatCount(value);
    case 'perSecond':
    case 'number':
      return formatNumber(value);
    case 'ratio':
      return `${formatNumber(value)}×`;
    case 'share':
      return formatPercent(value);
    case 'flag':
      return value === 1 ? 'yes' : 'no';
  }
}

/** Sizes of values: `128 B`, `64 B to 1.00 KiB`. */
export function formatSizeRange({ minBytes, maxBytes }: { minBytes: number; maxBytes: number }) {
  const max = formatBytes(maxBytes);
  return minBytes === maxBytes ? max : `${formatBytes(minBytes)} to ${max}`;
}

/** A fraction as whole per cent, with one decimal below ten: `0.4 %`, `12 %`. */
export function formatPercent(fraction: number): string {
  const percent = fraction * 100;
  return `${Math.abs(percent) < 9.95 ? percent.toFixed(1) : formatCount(percent)} %`;
}

/**
 * Ratios that are read together: `1.31×`; a digit more if one is near 1, where it matters, and three
 * significant ones where they are far below it. One that stands for no end is `∞`.
 */
export function formatRatios(...ratios: number[]): string[] {
  const digits = ratios.some((ratio) => Math.abs(ratio - 1) < 0.0995) ? 3 : 2;
  return ratios.map((ratio) => {
    if (ratio >= endlessRatio) return '∞';
    if (ratio >= 999.5) return `${formatCount(ratio)}×`;
    return `${ratio !== 0 && ratio < 0.0995 ? ratio.toPrecision(3) : ratio.toFixed(digits)}×`;
  });
}

/** As a sentence begins. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A space that is not between a figure and its unit. */
const breakingSpace = / (?<!\d (?=(?:%|[KMG]iB|B|[nµm]?s)(?!\w)))/;

/**
 * Breaks a text at spaces so that it fits 80 columns when its first line begins after `used` of
 * them; its other lines are indented by `indent`.
 */
export function wrap(text: string, { used = 0, indent = 2 } = {}): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(breakingSpace)) {
    const room = 80 - (lines.length === 0 ? used : indent);
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join(`\n${' '.repeat(indent)}`);
}

/**
 * Text from outside (a server's output, a file) made safe for a terminal and for the log of a CI job:
 * control characters, which could move the cursor or rewrite what stands above, become `\xNN`, and
 * what GitHub's runner would obey is broken up: `::command::` at the beginning of a line, and the
 * older `##[command]` anywhere. After any white space, as wrapping makes lines of their own of what
 * follows one. Line breaks and tabs stay; an address as ::1 does, too.
 */
export function printable(text: string): string {
  return text
    .replace(
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
      /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
      (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
    )
    .replace(/(?<=^|\s):{2,}(?!1(?![\w:])|ffff:\d)/gm, (colons) => [...colons].join(' '))
    .replace(/##(?=\[)/g, '## ');
}

/** The same in one line. */
export function oneLine(text: string): string {
  return printable(text.replace(/\s+/g, ' '));
}
