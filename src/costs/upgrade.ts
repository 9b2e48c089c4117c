import { each, type Json } from '../result/upgrade.js';
import { costsSchemaVersion } from './schema.js';

const smallKeys = 10_000;

/**
 * A saved result of version 1 as one of version 2; null for any other. Its two heaps stood in the names of
 * figures, as `collector.large-p99`; its P99 was a median over intervals, as is told beside it, and its slowest
 * requests have no place any more.
 */
export function upgradeCosts(document: object, version: number): object | null {
  if (version !== 1) return null;
  const result = document as Json;
  const settings = (result['settings'] ?? {}) as Json;
  const heaps = { small: smallKeys, large: settings['keys'] };
  const figures = each(result['figures'], (measured) => {
    const [, size, what] = /^collector\.(small|large)-(\w+)$/.exec(`${measured['figure']}`) ?? [];
    if (size === undefined) return { ...measured, heap: null };
    if (what === 'max' || (size === 'large' && heaps.large === heaps.small)) return null;
    return {
      ...measured,
      figure: `collector.${what}`,
      heap: heaps[size as keyof typeof heaps],
      ...(what === 'p99' && { detail: 'median of the P99s of intervals, by that of the others' }),
    };
  });
  return {
    ...result,
    costsSchemaVersion,
    settings: { ...settings, heaps: [...new Set(Object.values(heaps))] },
    figures: Array.isArray(figures) ? figures.filter((figure) => figure !== null) : figures,
  };
}
