/** Up to so many bytes are shown whole. */
const shownBytes = 96;
/** How many bytes are shown before the first differing one of a long run. */
const leadBytes = 16;

/** Two differing byte strings as text; long ones are cut to a window around the first difference. */
export function showDifference(
  expected: Buffer,
  received: Buffer,
): { expected: string; received: string } {
  const at = firstDifference(expected, received);
  return { expected: showBytes(expected, at), received: showBytes(received, at) };
}

/**
 * Bytes as text: printable ASCII as it is, anything else as `\xNN`, a backslash doubled. Long ones
 * are cut to a window around `offset`, which is then named.
 */
export function showBytes(bytes: Buffer, offset = 0): string {
  if (bytes.length <= shownBytes) return bytes.length === 0 ? '(no bytes)' : escapeBytes(bytes);
  const start = Math.max(0, Math.min(offset - leadBytes, bytes.length - shownBytes));
  const end = start + shownBytes;
  const before = start > 0 ? '…' : '';
  const after = end < bytes.length ? '…' : '';
  const window = escapeBytes(bytes.subarray(start, end));
  const where =
    offset > 0 ? `${bytes.length} bytes, differing at ${offset}` : `${bytes.length} bytes`;
  return `${before}${window}${after} (${where})`;
}

function escapeBytes(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replace(/[^\x20-\x5b\x5d-\x7e]/g, (char) =>
      char === '\\' ? '\\\\' : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
    );
}

/** Where two byte strings part, or the length of the shorter if it begins the other. */
function firstDifference(a: Buffer, b: Buffer): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) if (a[i] !== b[i]) return i;
  return shorter;
}
