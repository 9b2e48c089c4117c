import type { RunResult, Trial } from '../../result/schema.js';
import { targetsOf } from '../../stats/summary.js';
import type { Chart, Point, Series } from './chart.js';
import { dateText } from './quantity.js';

/** As many colours as there are; further targets share them, and differ by dash and shape. */
const colours = 8;

/** What was measured of one target in one run. */
export interface TargetOfRun {
  result: RunResult;
  target: string;
}

/** One target of one result: what a series is of. */
export interface Source extends TargetOfRun {
  /** The target, and of several results its date. */
  name: string;
  /** The same for a target in every result. */
  colour: number;
}

/** All targets of all results, the oldest result first. */
export function sourcesOf(results: readonly RunResult[]): Source[] {
  const sorted = [...results].sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
  const names = [...new Set(sorted.flatMap((result) => targetsOf(result)))];
  const days = sorted.map(({ startedAt }) => dateText(Date.parse(startedAt), 10));
  const characters = new Set(days).size === sorted.length ? 10 : 16;
  return sorted.flatMap((result) =>
    targetsOf(result).map((target) => ({
      result,
      target,
      name:
        sorted.length === 1
          ? target
          : `${target} ${dateText(Date.parse(result.startedAt), characters)}`,
      colour: names.indexOf(target) % colours,
    })),
  );
}

/** The sources of the newest results: of as many as have at most so many together, but of one. */
export function newest(sources: readonly Source[], most: number): readonly Source[] {
  const last = sources.at(-1)?.result;
  return sources.filter(
    ({ result }, index) => result === last || sources.length - firstOf(sources, index) <= most,
  );
}

/** Where the result of a source begins among the sources. */
function firstOf(sources: readonly Source[], index: number): number {
  return sources.findIndex(({ result }) => result === sources[index]?.result);
}

/** What a chart must say if it does not show every source. */
export function newestNote(shown: readonly Source[], all: readonly Source[]): string | null {
  return shown.length < all.length ? 'Only the newest results are shown.' : null;
}

export function trialsOf(
  { result, target }: TargetOfRun,
  measure: Trial['measure'],
  operation: string,
): Trial[] {
  return result.trials
    .filter((t) => t.target === target && t.measure === measure && t.operation === operation)
    .sort((a, b) => a.round - b.round);
}

/** Every operation of the results, each once. */
export function operationsOf(results: readonly RunResult[]): string[] {
  return [...new Set(results.flatMap(({ config }) => config.operations))];
}

/** Sentences that hold, one after the other; null without any. */
export function notes(...sentences: readonly (string | null)[]): string | null {
  return sentences.filter((sentence) => sentence !== null).join(' ') || null;
}

export function hasFigures({ points }: Pick<Series, 'points'>): boolean {
  return points.some(({ y }: Point) => y !== null);
}

/** Part of an id, fit for a file name. */
export function slug(text: string): string {
  const kept = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 60);
  return kept.replace(/^-|-$/g, '') || 'x';
}

/** The charts with something in them; ids that two would share get a number. */
export function finished(charts: readonly Chart[]): Chart[] {
  const seen = new Map<string, number>();
  return charts
    .filter((chart) => (chart.kind === 'forest' ? chart.rows.length : chart.series.length) > 0)
    .map((chart) => {
      const count = (seen.get(chart.id) ?? 0) + 1;
      seen.set(chart.id, count);
      return count === 1 ? chart : { ...chart, id: `${chart.id}-${count}` };
    });
}
