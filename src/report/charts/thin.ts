/** A point that may have no height. */
interface SparsePoint {
  x: number;
  y: number | null;
}

/** More points than this in a line, and each stretch of it is drawn by its lowest and highest. */
const mostPoints = 900;
const buckets = 300;

/** A line that looks the same with fewer points: gaps, ends and extremes stay. */
export function thinned<T extends SparsePoint>(points: readonly T[]): readonly T[] {
  if (points.length <= mostPoints) return points;
  const size = Math.ceil(points.length / buckets);
  const kept: T[] = [];
  for (let start = 0; start < points.length; start += size) {
    const bucket = points.slice(start, start + size);
    const gap = bucket.find(({ y }) => y === null);
    const measured = bucket.filter(({ y }) => y !== null);
    const extremes = [lowest(measured), lowest(measured, -1), gap].filter((p) => p !== undefined);
    kept.push(...[...new Set(extremes)].sort((a, b) => a.x - b.x));
  }
  return kept;
}

function lowest<T extends SparsePoint>(points: readonly T[], sign = 1): T | undefined {
  return points.reduce<T | undefined>(
    (best, point) =>
      best === undefined || sign * (point.y ?? 0) < sign * (best.y ?? 0) ? point : best,
    undefined,
  );
}

/** As many points of each series as a pointer can tell apart at that width, and a file can bear. */
export function hitsPerSeries(series: number, width: number): number {
  const pixelsApart = 3;
  return Math.max(30, Math.min(150, Math.floor(width / pixelsApart), Math.floor(200 / series)));
}

/** At most so many of the points that are measured, over the whole length: of neighbours the highest on the screen. */
export function spreadOut<T extends SparsePoint>(points: readonly T[], most: number): readonly T[] {
  if (points.length <= most) return points;
  const first = points[0]?.x ?? 0;
  const step = ((points.at(-1)?.x ?? 0) - first) / most || 1;
  const highest = new Map<number, T>();
  for (const point of points) {
    const bucket = Math.min(most - 1, Math.floor((point.x - first) / step));
    const best = highest.get(bucket);
    if (!best || (point.y ?? 0) < (best.y ?? 0)) highest.set(bucket, point);
  }
  return [...highest.values()];
}
