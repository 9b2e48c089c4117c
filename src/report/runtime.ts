import { median } from '../median.js';
import type { RunResult, Trial } from '../result/schema.js';
import { kindsOf, targetsOf, trialsOf } from '../stats/summary.js';
import type { FigureTable } from './figures.js';
import { formatBytes, formatCount, formatNs, formatPercent } from './format.js';

interface Fact {
  name: string;
  read: (trial: Trial) => number | null | undefined;
  format: (value: number) => string;
}

const perSecond =
  (read: (trial: Trial) => number | null | undefined) =>
  (trial: Trial): number | null => {
    const value = read(trial);
    return value === null || value === undefined ? null : value / (trial.windowMs / 1000);
  };
const perRequest =
  (read: (trial: Trial) => number | null | undefined) =>
  (trial: Trial): number | null => {
    const value = read(trial);
    const { answered } = trial.requests;
    return value === null || value === undefined || answered === 0 ? null : value / answered;
  };
/** Of the time that the trial lasted, in CPUs. */
const shareOfTime = (read: (trial: Trial) => number | null | undefined) => (trial: Trial) => {
  const ns = read(trial);
  return ns === null || ns === undefined ? null : ns / (trial.windowMs * 1e6);
};
/** Nothing of a server whose workers are another runtime's. */
const onTokio = ({ runtime: { rust } }: Trial) => (rust && rust.workers > 0 ? rust : null);
const formatPerRequest = (value: number) => value.toPrecision(2);

const facts: readonly Fact[] = [
  { name: 'threads', read: (t) => t.server?.threads, format: formatCount },
  { name: 'open files', read: (t) => t.server?.openFiles, format: formatCount },
  {
    name: 'context switches/s',
    read: perSecond((t) => t.server?.contextSwitches),
    format: formatCount,
  },
  { name: 'minor faults/s', read: perSecond((t) => t.server?.minorFaults), format: formatCount },
  { name: 'major faults', read: (t) => t.server?.majorFaults, format: formatCount },
  { name: 'GC cycles/s', read: perSecond((t) => t.runtime.go?.gcCycles), format: formatPerRequest },
  { name: 'GC pause P50', read: (t) => t.runtime.go?.gcPauses.p50Ns, format: formatNs },
  { name: 'GC pause max', read: (t) => t.runtime.go?.gcPauses.maxNs, format: formatNs },
  { name: 'GC CPU', read: shareOfTime((t) => t.runtime.go?.gcCpuNs), format: formatPercent },
  {
    name: 'mark assist CPU',
    read: shareOfTime((t) => t.runtime.go?.markAssistCpuNs),
    format: formatPercent,
  },
  { name: 'sched latency P99', read: (t) => t.runtime.go?.schedLatencies.p99Ns, format: formatNs },
  { name: 'heap live', read: (t) => t.runtime.go?.heapLiveBytes, format: formatBytes },
  { name: 'heap goal', read: (t) => t.runtime.go?.heapGoalBytes, format: formatBytes },
  {
    name: 'allocated/request',
    read: perRequest((t) => t.runtime.go?.allocatedBytes),
    format: (v) => formatBytes(Math.round(v)),
  },
  {
    name: 'objects/request',
    read: perRequest((t) => t.runtime.go?.allocatedObjects),
    format: formatPerRequest,
  },
  { name: 'goroutines', read: (t) => t.runtime.go?.goroutines, format: formatCount },
  { name: 'tokio busy', read: shareOfTime((t) => onTokio(t)?.busyNs), format: formatPercent },
  {
    name: 'tokio parks/request',
    read: perRequest((t) => onTokio(t)?.parks),
    format: formatPerRequest,
  },
  {
    name: 'allocator in use',
    read: (t) => t.runtime.rust?.allocator?.inUseBytes,
    format: formatBytes,
  },
  {
    name: 'allocator free',
    read: (t) => t.runtime.rust?.allocator?.freeBytes,
    format: formatBytes,
  },
];

/** What the servers say about themselves: a table a kind of trial, a column a target, medians over rounds. */
export function runtimeFigures(result: RunResult): FigureTable[] {
  const targets = targetsOf(result);
  return kindsOf(result).flatMap(({ measure, operation }) => {
    const rows = facts.flatMap(({ name, read, format }) => {
      const cells = targets.map((target) => {
        const own = trialsOf(result.trials, { target, measure, operation });
        const values = own.flatMap((trial) => read(trial) ?? []);
        return values.length > 0 ? format(median(values)) : '–';
      });
      return cells.every((cell) => cell === '–') ? [] : [[name, ...cells]];
    });
    if (rows.length === 0) return [];
    return [
      {
        title: 'Inside the servers',
        detail: `${measure}, ${operation}`,
        head: ['', ...targets],
        left: 1,
        rows,
        note: null,
      },
    ];
  });
}
