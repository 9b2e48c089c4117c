const durationUnits: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
};
/** Bytes of a unit of size. */
export const sizeUnits: Readonly<Record<string, number>> = {
  B: 1,
  k: 1024,
  K: 1024,
  KiB: 1024,
  M: 1024 ** 2,
  MiB: 1024 ** 2,
  kB: 1000,
  KB: 1000,
  MB: 1e6,
  G: 1024 ** 3,
  GiB: 1024 ** 3,
  GB: 1e9,
};

/** `500ms`, `2s`, `1.5m`, as milliseconds; NaN for anything else, a bare number included. */
export function parseDurationMs(text: string): number {
  return parseQuantity(text, durationUnits);
}

/** `128`, `4k`, `1MiB` as bytes; NaN for anything else. */
export function parseSizeBytes(text: string): number {
  return parseQuantity(text, sizeUnits, 1);
}

function parseQuantity(text: string, units: Record<string, number>, bare = Number.NaN): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([a-zA-Z]*)$/.exec(text.trim()) ?? [];
  const factor =
    unit === '' ? bare : Object.hasOwn(units, unit ?? '') ? units[unit ?? ''] : undefined;
  return Math.round(Number(number) * (factor ?? Number.NaN));
}
