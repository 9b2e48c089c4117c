import { type Estimate, ratioWithin } from '../costs/estimate.js';
import {
  aboutFigure,
  type CostFigureName,
  type CostPartName,
  costParts,
  figureNames,
} from '../costs/figures.js';
import type { CostsResult, Heap, MeasuredCost } from '../costs/schema.js';
import type { FigureTable } from './figures.js';
import { capital, formatAmount, formatBytes, formatCount, formatPercent } from './format.js';

const partTitles: Readonly<Record<CostPartName, string>> = {
  build: 'Build',
  artifact: 'Artifact',
  source: 'Source',
  start: 'Start',
  memory: 'Memory',
  release: 'Memory after connections have gone',
  collector: 'Collector and page faults beside the latency',
  threads: 'Threads',
};

/** A figure as it is shown: of one heap where it is taken of each. */
interface Row {
  figure: CostFigureName;
  heap: Heap | null;
}

/** Every figure that was asked for: a table a part and heap, a column a target, and of two how they compare. */
export function costTables(result: CostsResult): FigureTable[] {
  const names = targetsOf(result);
  const tables = new Map<string, Row[]>();
  for (const part of costParts) {
    for (const heap of [null, ...result.settings.heaps]) {
      for (const figure of figureNames(result.settings.jobs ?? [])) {
        const row = { figure, heap };
        const about = aboutFigure(figure);
        if (about.part !== part || !names.some((name) => measuredOf(result, name, row))) continue;
        const group = heap === null ? about.group : heapText(heap);
        const title = group === undefined ? partTitles[part] : `${partTitles[part]}, ${group}`;
        tables.set(title, [...(tables.get(title) ?? []), row]);
      }
    }
  }
  return [...tables].map(([title, rows]) => tableOf(result, title, rows));
}

function tableOf(result: CostsResult, title: string, rows: readonly Row[]): FigureTable {
  const names = targetsOf(result);
  const compared = names.length === 2 ? comparedWith(result, rows) : [];
  return {
    title,
    detail: '',
    head: ['', ...names, ...(compared[0] ?? [])],
    left: 1,
    rows: rows.map((row, index) => [
      aboutFigure(row.figure).label,
      ...names.map((name) => valueText(measuredOf(result, name, row))),
      ...(compared[index + 1] ?? []),
    ]),
    note: notes(result, rows),
  };
}

/** `10,000 keys`. */
function heapText(heap: Heap): string {
  return heap === 'max' ? 'as many keys as fit' : `${formatCount(heap)} keys`;
}

/** Of two targets a column of ratios, and one of intervals where there are any: heads first. */
function comparedWith(result: CostsResult, rows: readonly Row[]): string[][] {
  const [first = '', second = ''] = targetsOf(result);
  const ratios = rows.map((row) => ratioOf(result, row, second, first));
  const texts = ratios.map((ratio) => (ratio ? `${ratioText(ratio.value)}×` : ''));
  const intervals = ratios.map((ratio) =>
    ratio?.low == null || ratio.high === null
      ? ''
      : `${ratioText(ratio.low)} to ${ratioText(ratio.high)}`,
  );
  const columns = [
    [`${second} / ${first}`, ...texts],
    ['interval', ...intervals],
  ];
  const shown = columns.filter(([, ...cells]) => cells.some((cell) => cell !== ''));
  return ['', ...rows].map((_, index) => shown.map((column) => column[index] ?? ''));
}

/** Three significant digits: what lies between two such numbers is told apart. */
function ratioText(ratio: number): string {
  return ratio >= 999.5 ? formatCount(ratio) : ratio.toPrecision(3);
}

function targetsOf({ targets }: CostsResult): string[] {
  return targets.map(({ name }) => name);
}

function measuredOf({ figures }: CostsResult, target: string, { figure, heap }: Row) {
  return figures.find((one) => one.target === target && one.figure === figure && one.heap === heap);
}

/** The figure, and half of its interval where it has one. */
function valueText(measured: MeasuredCost | undefined): string {
  if (!measured || measured.value === null) return 'n/a';
  const { value, low, high, unit } = measured;
  const text = formatAmount(value, unit);
  if (low === null || high === null || unit === 'share') return text;
  const half = value === 0 ? 0 : (high - low) / 2 / Math.abs(value);
  if (half === 0) return text;
  // Of two values that differ much Student's interval has no end that says anything.
  return half < 10 ? `${text} ±${formatPercent(half).replace(' ', '')}` : `${text} ±>999%`;
}

/** How a target compares with another by rounds that both have; null where that says nothing. */
function ratioOf(
  result: CostsResult,
  row: Row,
  target: string,
  reference: string,
): Estimate | null {
  const { unit, isExact = false } = aboutFigure(row.figure);
  if (unit === 'flag' || unit === 'share') return null;
  const own = measuredOf(result, target, row);
  const other = measuredOf(result, reference, row);
  if (!own || !other) return null;
  const ratio = ratioWithin(own.values, other.values);
  return ratio && isExact ? { value: ratio.value, low: null, high: null } : ratio;
}

const longestDetail = 160;

/** A line a figure: why there is no value, and what values are made of where that has names. */
function notes(result: CostsResult, rows: readonly Row[]): string | null {
  const names = targetsOf(result);
  const lines = new Map<string, string[]>();
  for (const row of rows) {
    const texts = names.map((name) => noteText(measuredOf(result, name, row)));
    const [first = null] = texts;
    const isCommon = texts.every((text) => text === first);
    const line = isCommon
      ? first
      : names
          .flatMap((name, index) => (texts[index] === null ? [] : [`${name} ${texts[index]}`]))
          .join('; ');
    if (line === null) continue;
    lines.set(line, [...(lines.get(line) ?? []), aboutFigure(row.figure).label]);
  }
  if (lines.size === 0) return null;
  return [...lines].map(([line, labels]) => `${labels.join(', ')}: ${line}.`).join('\n');
}

function noteText(measured: MeasuredCost | undefined): string | null {
  if (!measured) return null;
  const { reason, detail } = measured;
  const text = reason === null ? detail : `n/a, ${reason}`;
  if (text === null) return null;
  const line = text.replace(/\s+/g, ' ').replace(/\.$/, '');
  return line.length > longestDetail ? `${line.slice(0, longestDetail)}…` : line;
}

/**
 * Of the figures that answer a question each: what each target needs less of than the first, what more, and
 * what nothing separates; and what a collection does to requests.
 */
export function costSentences(result: CostsResult): string[] {
  const [first = '', ...others] = targetsOf(result);
  return [
    ...others.flatMap((name) => comparedSentence(result, name, first)),
    ...targetsOf(result).flatMap((name) =>
      result.settings.heaps.flatMap((heap) => collectorSentence(result, name, heap)),
    ),
  ];
}

function comparedSentence(result: CostsResult, name: string, first: string): string[] {
  const words: Record<'less' | 'more' | 'not told apart', string[]> = {
    less: [],
    more: [],
    'not told apart': [],
  };
  for (const figure of figureNames([])) {
    const { part, label, isTold = false, isExact = false } = aboutFigure(figure);
    const ratio = isTold ? ratioOf(result, { figure, heap: null }, name, first) : null;
    if (!ratio) continue;
    const { value, low, high } = isExact
      ? { ...ratio, low: ratio.value, high: ratio.value }
      : ratio;
    const text = `${partWords[part]}${label}`;
    if (high !== null && high < 1) words.less.push(`${text} ${ratioText(value)}×`);
    else if (low !== null && low > 1) words.more.push(`${text} ${ratioText(value)}×`);
    else words['not told apart'].push(text);
  }
  const parts = Object.entries(words).flatMap(([what, all]) =>
    all.length > 0 ? [`${what}: ${all.join(', ')}`] : [],
  );
  return parts.length === 0 ? [] : [`${name} against ${first}. ${capital(parts.join('; '))}.`];
}

/** Where it is proven that requests are slower beside a collection. */
function collectorSentence(result: CostsResult, name: string, heap: Heap): string[] {
  const beside = measuredOf(result, name, { figure: 'collector.p99', heap });
  if (beside?.value == null || beside.low === null || beside.high === null) return [];
  if (beside.low <= 1) return [];
  return [
    `${name} with ${heapText(heap)}: P99 beside the end of a collection is ${ratioText(beside.value)}× that of other moments (${ratioText(beside.low)} to ${ratioText(beside.high)}).`,
  ];
}

const partWords: Readonly<Record<CostPartName, string>> = {
  build: 'build ',
  artifact: '',
  source: '',
  start: 'start ',
  memory: 'memory ',
  release: '',
  collector: '',
  threads: '',
};

/** What was asked for. */
export function describeCosts({ settings, state }: CostsResult): string {
  const { rounds, builds, keys, valueSize, connections, jobs = [] } = settings;
  const size = (valueSize.minBytes + valueSize.maxBytes) / 2;
  const cut = state === 'complete' ? '' : `, ${state}`;
  const byJobs = jobs.length === 0 ? '' : `, as many with each of ${jobs.join(', ')} jobs`;
  return `${formatCount(rounds)} rounds, ${formatCount(builds)} cold builds${byJobs}; up to ${formatCount(keys)} keys of ${formatBytes(size)} and ${formatCount(connections)} connections; intervals of 99 %${cut}`;
}
