import { KvbenchError } from '../../errors.js';
import { encodeHistogram } from '../../histogram.js';
import { plural } from '../../plural.js';
import { longestNs } from '../../result/percentiles.js';
import type { Latency, RunResult } from '../../result/schema.js';
import { type MeasuredTrial, storedHistogram } from './trials.js';

/**
 * HdrHistogram's log of intervals, version 1.3: a line for each histogram of each trial, by time.
 * Histograms hold ns; `Interval_Max` is in ms, as the tools assume that divide by 1,000,000 unless
 * told otherwise. Throws a usage error if there is no histogram, or a damaged one.
 */
export function exportHlog(
  { startedAt, kvbenchVersion, importedFrom = null }: Logged,
  measured: readonly MeasuredTrial[],
): string {
  const startMs = Date.parse(startedAt);
  const lines = [...measured]
    // Readers stop at the first line that lies after the time that they were asked for.
    .sort((a, b) => Date.parse(a.trial.startedAt) - Date.parse(b.trial.startedAt))
    .flatMap((one) => trialLines(one, startMs));
  if (lines.length === 0) throw noHistograms(importedFrom);
  return [
    `#[Logged by kvbench ${kvbenchVersion.replace(/[^\w.+-]/g, '')}]`,
    '#[Histogram log format version 1.3]',
    `#[StartTime: ${seconds(startMs)} (seconds since epoch), ${startedAt}]`,
    `#[BaseTime: ${seconds(startMs)} (seconds since epoch)]`,
    '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
    ...lines,
    '',
  ].join('\n');
}

type Logged = Pick<RunResult, 'startedAt' | 'kvbenchVersion'> &
  Partial<Pick<RunResult, 'importedFrom'>>;

function trialLines({ trial, step }: MeasuredTrial, startMs: number): string[] {
  const load = step ? `${step.by}-${step.level}` : trial.measure;
  const times: [string, Latency | null][] = [
    ['response', trial.responseTime],
    ['service', trial.serviceTime],
  ];
  return times.flatMap(([time, latency]) => {
    if (!latency?.histogram) return [];
    const tag = [trial.target, trial.operation, load, time].map(tagPart).join('.');
    const offsetMs = Math.max(0, Date.parse(trial.startedAt) - startMs);
    const histogram = storedHistogram(latency.histogram, tag);
    const maxMs = (longestNs(histogram, latency) / 1e6).toFixed(3);
    const { censored } = latency;
    return [
      ...(censored
        ? [
            `#[${tag}: ${plural(censored.count, 'request')} without an answer in time, after ${seconds(censored.atLeastNs / 1e6)} s or more, not in the histogram below]`,
          ]
        : []),
      // Written anew: our decoder bears what other readers do not.
      `Tag=${tag},${seconds(offsetMs)},${seconds(trial.windowMs)},${maxMs},${encodeHistogram(histogram)}`,
    ];
  });
}

/**
 * A name within a tag, which ends at a comma and whose parts end at dots; readers know no escapes.
 * The comma of a mix becomes a plus, and all else that could be mistaken is written as in a URL.
 */
function tagPart(name: string): string {
  return encodeURIComponent(name.replace(/\p{Surrogate}/gu, '\ufffd'))
    .replaceAll('.', '%2E')
    .replaceAll('%2C', '+')
    .replaceAll('%3A', ':')
    .replaceAll('%23', '#');
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function noHistograms(origin: RunResult['importedFrom']): KvbenchError {
  return new KvbenchError(
    'usage',
    origin
      ? `The result was imported from ${origin.tool}, which told percentiles and no histograms.`
      : 'The result holds no histograms: nothing was answered.',
    origin ? 'Use `kvbench export csv` for its figures.' : 'Measure again.',
  );
}
