import {
  formatBytes,
  formatCount,
  formatMs,
  formatNs,
  formatNumber,
  formatPercent,
  formatRatios,
} from '../format.js';
import type { Quantity } from './chart.js';

/** Ms: nearly the furthest that a Date can be from the epoch, with room for an axis around it. */
export const furthestMs = 8.6e15;

/** One number of a quantity, in its base unit, as people read it: `1.23 ms`, `99.9 %`, `45,806/s`. */
export function quantityText(value: number, quantity: Quantity): string {
  switch (quantity) {
    case 'ns':
      return formatNs(value);
    case 'ms':
      return value === 0 ? '0 s' : formatMs(value);
    case 'bytes':
      return formatBytes(Math.round(value));
    case 'count':
      return formatCount(value);
    case 'perSecond':
      return `${formatNumber(value)}/s`;
    case 'ratio':
      return formatRatios(value)[0] as string;
    case 'share':
      return formatPercent(value);
    case 'cpus':
      return `${formatNumber(value)} CPUs`;
    case 'quantile':
      return `${Number((value * 100).toFixed(6))} %`;
    case 'date':
      return dateText(value, 16);
  }
}

/** A moment in UTC, to the minute with 16 characters, to the day with 10. */
export function dateText(ms: number, characters: 10 | 16): string {
  if (!(Math.abs(ms) <= furthestMs)) return 'no date';
  return new Date(ms).toISOString().slice(0, characters).replace('T', ' ');
}

/** What ticks of an axis are written in: how much of the base unit it is, and its name. */
interface Unit {
  size: number;
  name: string;
}

const units: Partial<Record<Quantity, readonly Unit[]>> = {
  ns: [
    { size: 1e9, name: ' s' },
    { size: 1e6, name: ' ms' },
    { size: 1e3, name: ' µs' },
    { size: 1, name: ' ns' },
  ],
  ms: [
    { size: 3_600_000, name: ' h' },
    { size: 60_000, name: ' min' },
    { size: 1000, name: ' s' },
    { size: 1, name: ' ms' },
  ],
  bytes: [
    { size: 2 ** 30, name: ' GiB' },
    { size: 2 ** 20, name: ' MiB' },
    { size: 2 ** 10, name: ' KiB' },
    { size: 1, name: ' B' },
  ],
  perSecond: [
    { size: 1e6, name: 'M/s' },
    { size: 1e3, name: 'k/s' },
    { size: 1, name: '/s' },
  ],
  ratio: [{ size: 1, name: '×' }],
  share: [{ size: 0.01, name: ' %' }],
};

/** The unit that suits a value: the largest of which there is one, or 1.5 for units of time. */
export function unitFor(value: number, quantity: Quantity): Unit {
  const known = units[quantity];
  const most = Math.abs(value);
  const least = quantity === 'ms' ? 2 : 1;
  const found = known?.find(({ size }) => most >= size * least * 0.9995);
  return found ?? known?.at(-1) ?? { size: 1, name: '' };
}

/**
 * Texts of ticks, each without needless zeros and all of them different. On a linear axis all have
 * the unit of the largest; on a logarithmic one each has its own.
 */
export function tickTexts(
  values: readonly number[],
  quantity: Quantity,
  scale: 'linear' | 'log' | 'quantile',
): string[] {
  if (quantity === 'date') return dateTickTexts(values);
  if (quantity === 'quantile') return values.map((value) => quantityText(value, quantity));
  const shared = unitFor(Math.max(0, ...values.map(Math.abs)), quantity);
  const write = (digits: number) =>
    values.map((value) => {
      const unit = scale === 'log' ? unitFor(value, quantity) : shared;
      const figure = Number((value / unit.size).toPrecision(digits));
      return figure === 0 && unit.name !== ' %' ? '0' : `${plainNumber(figure)}${unit.name}`;
    });
  for (let digits = 3; digits < 15; digits++) {
    const texts = write(digits);
    if (new Set(texts).size === new Set(values).size) return texts;
  }
  return write(15);
}

/** A number in as few characters as it takes, with separators of thousands, never `1e+21`. */
function plainNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e15 || (size > 0 && size < 1e-6)) return value.toExponential().replace('e+', 'e');
  return Number.isInteger(value) ? formatCount(value) : String(value);
}

/** Days, or the time of the day too where two fall on one day. */
function dateTickTexts(values: readonly number[]): string[] {
  const days = values.map((value) => dateText(value, 10));
  return new Set(days).size === values.length
    ? days
    : values.map((value) => dateText(value, 16).slice(5));
}
