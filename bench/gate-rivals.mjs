// Rules that other tools decide by, on the gate's rounds, so that all of them see the same noise.
import { decodeHistogram, median } from '../dist/internals.js';

const p50 = (round, arm) => round[arm].operations.get.p50Ns;

/** `length` rounds that were measured one after the other, from a random place on. */
function stretch(pool, length, random) {
  const start = Math.floor(random() * (pool.length - length + 1));
  return pool.slice(start, start + length);
}

/** A baseline from another moment: base's median then, head's now. */
function storedBaseline(limit) {
  return (pool, random) => {
    const [then, now] = [stretch(pool, 5, random), stretch(pool, 5, random)];
    const before = median(then.map((round) => p50(round, 'base')));
    return median(now.map((round) => p50(round, 'head'))) > before * limit;
  };
}

/** All of base, then all of head, and a rank test over requests as if they were independent. */
function sequentialMannWhitney(pool, random) {
  const rounds = stretch(pool, 10, random);
  const base = merged(rounds.slice(0, 5), 'base');
  const head = merged(rounds.slice(5), 'head');
  return mannWhitneyZ(base, head) > 2.326;
}

/** Ten rounds of base, then ten of head, and benchstat's test at its 5 %. */
function benchstat(pool, random) {
  const rounds = stretch(pool, Math.min(20, pool.length - (pool.length % 2)), random);
  const half = rounds.length / 2;
  const base = rounds.slice(0, half).map((round) => p50(round, 'base'));
  const head = rounds.slice(half).map((round) => p50(round, 'head'));
  return exactRankSumP(base, head) < 0.05 && median(head) > median(base);
}

/** A test of ten rounds, again and again until it is significant, five times at most. */
function untilSignificant(pool, random) {
  return Array.from({ length: 5 }).some(() => benchstat(pool, random));
}

/** Each says whether head is slower than base: `(rounds, random) => boolean`. */
export const rivals = [
  { name: 'stored baseline, +5 %', decide: storedBaseline(1.05) },
  { name: '+10 %', decide: storedBaseline(1.1) },
  { name: '+20 %', decide: storedBaseline(1.2) },
  { name: 'A then B, Mann–Whitney over requests, 1 %', decide: sequentialMannWhitney },
  { name: 'ten rounds, benchstat', decide: benchstat },
  { name: 'the same until significant', decide: untilSignificant },
];

/** Counts by latency of some rounds together. */
function merged(rounds, arm) {
  const counts = new Map();
  for (const round of rounds) {
    for (const [value, count] of countsOf(round, arm)) {
      counts.set(value, (counts.get(value) ?? 0) + count);
    }
  }
  return counts;
}

const known = new Map();

/** The counts of a round's histogram by value, at its resolution. */
function countsOf({ histograms }, arm) {
  const text = histograms[arm];
  if (!known.has(text)) {
    const histogram = decodeHistogram(text);
    const counts = [];
    for (let at = 0; at <= histogram.countsArrayIndex(histogram.maxValue); at++) {
      const count = histogram.getCountAtIndex(at);
      if (count > 0) counts.push([histogram.valueFromIndex(at), count]);
    }
    known.set(text, counts);
  }
  return known.get(text);
}

/** The normal approximation of the Mann–Whitney test with ties; positive: b is larger. */
function mannWhitneyZ(a, b) {
  const values = [...new Set([...a.keys(), ...b.keys()])].sort((x, y) => x - y);
  const total = (counts) => [...counts.values()].reduce((sum, count) => sum + count, 0);
  const [n, m] = [total(a), total(b)];
  let ranks = 0;
  let before = 0;
  let ties = 0;
  for (const value of values) {
    const [inA, inB] = [a.get(value) ?? 0, b.get(value) ?? 0];
    const tied = inA + inB;
    ranks += inB * (before + (tied + 1) / 2);
    ties += tied ** 3 - tied;
    before += tied;
  }
  const u = ranks - (m * (m + 1)) / 2;
  const all = n + m;
  const variance = ((n * m) / 12) * (all + 1 - ties / (all * (all - 1)));
  return (u - (n * m) / 2) / Math.sqrt(variance);
}

/** Two-sided exact p-value of the rank-sum test for samples without ties. */
function exactRankSumP(a, b) {
  const [n, m] = [a.length, b.length];
  const u = a.reduce((sum, x) => sum + b.filter((y) => y < x).length, 0);
  // Ways to get each u: counts[i][u] for i of the first sample placed.
  let counts = Array.from({ length: n + 1 }, () => new Float64Array(n * m + 1));
  counts[0][0] = 1;
  for (let rank = 0; rank < n + m; rank++) {
    const next = counts.map((row) => row.slice());
    for (let i = 0; i < n; i++) {
      const below = rank - i;
      if (below < 0 || below > m) continue;
      for (let s = 0; s + below <= n * m; s++) next[i + 1][s + below] += counts[i][s];
    }
    counts = next;
  }
  const ways = counts[n];
  const all = ways.reduce((sum, count) => sum + count, 0);
  const tail = (from, to) => ways.slice(from, to).reduce((sum, count) => sum + count, 0) / all;
  const extreme = Math.min(u, n * m - u);
  return Math.min(1, 2 * tail(0, extreme + 1));
}

/** The exact 95 % interval of a share (Clopper and Pearson, 1934), by bisection. */
export function clopperPearson(count, of) {
  return [1 - upperBound(of - count, of), upperBound(count, of)];
}

/** The share at which so few or fewer would be seen 2.5 times in a hundred. */
function upperBound(count, of) {
  if (count === of) return 1;
  let [low, high] = [count / of, 1];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (binomialAtMost(count, of, middle) < 0.025) high = middle;
    else low = middle;
  }
  return high;
}

/** P(X <= count), summed from logarithms: the terms may be smaller than any double. */
function binomialAtMost(count, of, p) {
  let log = of * Math.log1p(-p);
  let sum = Math.exp(log);
  for (let i = 1; i <= count; i++) {
    log += Math.log((of - i + 1) / i) + Math.log(p) - Math.log1p(-p);
    sum += Math.exp(log);
  }
  return sum;
}
