/** Figures as text for people. Every function here is pure; units are in the names. */

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** Three significant digits below 1000, whole numbers with separators above. */
export function formatNumber(value: number): string {
  if (value === 0 || Math.abs(value) >= 999.5) return grouped.format(value);
  return String(Number(value.toPrecision(3)));
}

/** A time with the unit that suits it: `812 ns`, `79.4 µs`, `1.23 ms`, `2.5 s`. */
export function formatNs(ns: number): string {
  const units: [number, string][] = [
    [1e9, 's'],
    [1e6, 'ms'],
    [1e3, 'µs'],
  ];
  // 999.5 rather than 1000, so that rounding never prints `1000 µs`.
  const [size, unit] = units.find(([factor]) => ns >= factor * 0.9995) ?? [1, 'ns'];
  return `${formatNumber(ns / size)} ${unit}`;
}

/** A duration in words that a progress line can hold: `850 ms`, `12.5 s`, `2 min 5 s`. */
export function formatMs(ms: number): string {
  if (ms < 60_000) return formatNs(ms * 1e6);
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** A size in binary units: `512 B`, `7.92 MiB`. */
export function formatBytes(bytes: number): string {
  const units: [number, string][] = [
    [2 ** 30, 'GiB'],
    [2 ** 20, 'MiB'],
    [2 ** 10, 'KiB'],
  ];
  const [size, unit] = units.find(([factor]) => bytes >= factor) ?? [1, 'B'];
  return `${formatNumber(bytes / size)} ${unit}`;
}

/** A fraction as whole per cent, with one decimal below ten: `0.4 %`, `12 %`. */
export function formatPercent(fraction: number): string {
  const percent = fraction * 100;
  return `${percent < 9.95 ? percent.toFixed(1) : percent.toFixed(0)} %`;
}

/** A ratio: `1.31×`. */
export function formatRatio(ratio: number): string {
  return `${ratio.toFixed(2)}×`;
}

/**
 * Text from outside (a server's output, a file) made safe for a terminal: control characters, which
 * could move the cursor or rewrite what stands above, become `\xNN`. Line breaks and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
