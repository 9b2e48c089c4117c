import { scaleLinear, scaleUtc } from 'd3-scale';
import type { Axis } from './chart.js';
import { furthestMs, tickTexts, unitFor } from './quantity.js';

/** An axis with its limits: where a value lies on it, and where its ticks are. */
export interface Scale {
  /** From the first value to the last one, as asked for or a little wider. */
  domain: readonly [number, number];
  /** 0 at the start of the axis and 1 at its end; null for what has no place on it. */
  at(value: number): number | null;
  /** About so many ticks with a text, in order; a logarithmic axis has minor ones without. */
  ticks(wanted: number): Tick[];
}

export interface Tick {
  value: number;
  /** Empty: a minor tick. */
  text: string;
}

/** Nearer to 1 than this no quantile is told from it. */
const nearestToOne = 1e-9;

/** An axis that holds these values, with limits that are easy to read unless `exact`. */
export function scaleOf(
  axis: Axis,
  values: readonly number[],
  { exact = false, fromZero = false } = {},
): Scale {
  const usable = values.filter((value) => fits(axis, value));
  let low = usable.length > 0 ? min(usable) : axis.scale === 'linear' ? 0 : 1;
  let high = usable.length > 0 ? max(usable) : axis.scale === 'linear' ? 1 : 10;
  if (axis.scale === 'quantile') return quantileScale(usable.length > 0 ? high : 0.99);
  if (axis.scale === 'log') {
    if (!(high / low > 1.02)) [low, high] = [low / 1.5, high * 1.5];
    return logScale(axis, exact ? [low, high] : [roundedDown(low), roundedUp(high)]);
  }
  if (fromZero) [low, high] = [Math.min(0, low), Math.max(0, high)];
  // Nearer to each other than this, dates are one, and no double is left between numbers.
  const most = Math.max(Math.abs(low), Math.abs(high));
  const least = axis.quantity === 'date' ? 60_000 : Math.max(1e-290, most * 1e-12);
  if (high - low <= least) [low, high] = around(low, axis);
  return linearScale(axis, [low, high], exact);
}

function fits({ scale, quantity }: Axis, value: number): boolean {
  if (quantity === 'date' && !(Math.abs(value) <= furthestMs)) return false;
  // Beyond these no step between two ticks is left that a double can hold.
  if (!(Math.abs(value) <= 1e300)) return false;
  return scale === 'log' ? value >= 1e-300 : true;
}

function around(value: number, { quantity }: Axis): [number, number] {
  if (quantity === 'date') return [value - 43_200_000, value + 43_200_000];
  return Math.abs(value) < 1e-290
    ? [0, 1]
    : [value - Math.abs(value) / 2, value + Math.abs(value) / 2];
}

function placing(axis: Axis, [low, high]: readonly [number, number], map: (x: number) => number) {
  const start = map(low);
  const length = map(high) - start;
  return (value: number) => {
    if (!fits(axis, value)) return null;
    const place = (map(value) - start) / length;
    return Number.isFinite(place) ? place : null;
  };
}

function linearScale(axis: Axis, limits: readonly [number, number], exact: boolean): Scale {
  const { quantity } = axis;
  if (quantity === 'date') {
    const utc = scaleUtc().domain(limits);
    return {
      domain: limits,
      at: placing(axis, limits, (x) => x),
      ticks: (wanted) => texts(axis, upTo(wanted, (count) => utc.ticks(count)).map(Number)),
    };
  }
  // In the unit of the labels, so that ticks are at 64 MiB rather than at 60,000,000 B.
  const { size } = unitFor(Math.max(...limits.map(Math.abs)), quantity);
  const scaled = scaleLinear().domain(limits.map((limit) => limit / size));
  if (!exact) scaled.nice(5);
  const [low = 0, high = 1] = scaled.domain();
  const domain: [number, number] = [low * size, high * size];
  return {
    domain,
    at: placing(axis, domain, (x) => x / size),
    ticks: (wanted) =>
      texts(
        axis,
        upTo(wanted, (count) => scaled.ticks(count))
          .filter((tick) => quantity !== 'count' || Number.isInteger(tick))
          .map((tick) => tick * size),
      ),
  };
}

function logScale(axis: Axis, domain: readonly [number, number]): Scale {
  return {
    domain,
    at: placing(axis, domain, Math.log10),
    ticks: (wanted) => logTicks(axis, domain, wanted),
  };
}

/** The most ticks of d3 that are no more than that: it takes a number as a hint. */
function upTo<T>(wanted: number, make: (count: number) => T[]): T[] {
  for (let count = wanted; count > 1; count--) {
    const ticks = make(count);
    if (ticks.length <= wanted) return ticks;
  }
  return make(1);
}

/** 1, 2, 5, 10 where there is room for them, else powers of ten; the other digits are minor. */
function logTicks(axis: Axis, [low, high]: readonly [number, number], wanted: number): Tick[] {
  const inside = (value: number) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9);
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  const decades = Math.log10(high / low);
  if (decades < 0.7) {
    const { size } = unitFor(high, axis.quantity);
    const even = scaleLinear()
      .domain([low / size, high / size])
      .ticks(Math.min(wanted, 6));
    return texts(axis, even.map((tick) => tick * size).filter(inside));
  }
  const digits = decades * 3 <= wanted ? [1, 2, 5] : decades * 2 <= wanted ? [1, 3] : [1];
  const every = digits.length > 1 ? 1 : Math.max(1, Math.ceil(decades / wanted));
  const ticks: Tick[] = [];
  for (let power = first; power <= last; power++) {
    for (let digit = 1; digit <= (every > 1 ? 1 : 9); digit++) {
      // From text, as 3 * 10 ** -7 is not the double that is written 3e-7.
      const value = Number(`${digit}e${power}`);
      if (!inside(value)) continue;
      const isMajor = digits.includes(digit) && power % every === 0;
      const text = isMajor ? (tickTexts([value], axis.quantity, 'log')[0] as string) : '';
      ticks.push({ value, text });
    }
  }
  return ticks;
}

function quantileScale(highest: number): Scale {
  const end = distance(Math.max(highest, 0.9));
  const domain = [0, Math.max(highest, 0.9)] as const;
  return {
    domain,
    at: (value) => (value >= 0 && value <= 1 ? distance(value) / end : null),
    ticks: (wanted) => {
      const nines = Array.from({ length: 8 }, (_, index) => Number(`0.${'9'.repeat(index + 1)}`));
      const reached = nines.filter((value) => distance(value) <= end + 1e-9);
      const every = Math.ceil(reached.length / Math.max(1, wanted - 1));
      const first = wanted > reached.length + 1 ? [0, 0.5] : [0];
      return texts({ label: '', quantity: 'quantile', scale: 'quantile' }, [
        ...first,
        ...reached.filter((_, index) => index % every === 0),
      ]);
    },
  };
}

/** How many nines a quantile has: its distance from 1 on a logarithmic scale. */
function distance(quantile: number): number {
  return -Math.log10(Math.max(1 - quantile, nearestToOne));
}

function texts({ quantity, scale }: Axis, values: readonly number[]): Tick[] {
  const written = tickTexts(values, quantity, scale);
  return values.map((value, index) => ({ value, text: written[index] as string }));
}

/** The next of 1, 2, 5, 10, … that is not above. */
function roundedDown(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  const digit = [5, 2, 1].find((step) => value >= step * power * (1 - 1e-9)) ?? 1;
  return digit * power;
}

function roundedUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  const digit = [1, 2, 5, 10].find((step) => value <= step * power * (1 + 1e-9)) ?? 10;
  return digit * power;
}

function min(values: readonly number[]): number {
  return values.reduce((least, value) => Math.min(least, value));
}

function max(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value));
}
