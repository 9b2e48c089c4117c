import { oneLine } from './format.js';

/** Text from outside for XML 1.0, which has no way to write most control characters nor half a pair. */
export function escapeXml(text: string): string {
  return oneLine(text)
    .replace(/\p{Surrogate}|[\ufffe\uffff]/gu, '\ufffd')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&apos;');
}

/** Attributes as they stand in a tag, each after a space, values escaped. */
export function xmlAttributes(values: Record<string, string>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeXml(value)}"`)
    .join('');
}
