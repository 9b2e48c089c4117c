import { type RunResult, resultSchema, schemaVersion } from '../../result/schema.js';
import { upgradeRun } from '../../result/upgrade.js';
import { compareResults } from '../../stats/compare-results.js';
import { runCharts } from '../charts/run.js';
import {
  aloneSentences,
  comparisonFigures,
  comparisonSentences,
  unshownComparisons,
} from '../comparison.js';
import { dated } from '../dated.js';
import { describeLoadOf, describeRounds, isForeign, targetNames } from '../describe.js';
import { exportCsv } from '../export/csv.js';
import { exportSeriesCsv } from '../export/csv-series.js';
import { exportHlog } from '../export/hlog.js';
import { exportOpenMetrics, runFamilies } from '../export/openmetrics.js';
import { trialsOfRun } from '../export/trials.js';
import {
  type FigureTable,
  latencyFigures,
  nodeClientFigures,
  throughputFigures,
} from '../figures.js';
import { formatRequestRate } from '../format.js';
import { type Findings, plain, type Sentence } from '../part.js';
import { runPlots } from '../plots.js';
import { commandLine, type Facts, type Provenance, provenanceOf } from '../provenance.js';
import { flagsOf } from '../repeat.js';
import { reportResultComparison } from '../result-comparison.js';
import { thresholdSentence } from '../thresholds.js';
import { thresholdTones } from '../tone.js';
import type { ResultKind } from './kind.js';

/** What `kvbench run` saves. */
export const runKind: ResultKind<RunResult, 'run'> = {
  name: 'run',
  schema: resultSchema,
  versionKey: 'schemaVersion',
  version: schemaVersion,
  upgrade: upgradeRun,
  jsonSchema: { file: 'result', title: 'kvbench result' },
  subject: targetNames,
  findings,
  plots: runPlots,
  charts: () => [],
  together: (results) => ({
    tables: results.length > 1 ? [...mainFigures(results), ...results.flatMap(datedFigures)] : [],
    charts: runCharts(results),
  }),
  provenance,
  exports: {
    csv: (result) => exportCsv(trialsOfRun(result)),
    series: (result) => exportSeriesCsv(trialsOfRun(result)),
    hlog: (result) => exportHlog(result, trialsOfRun(result)),
    openmetrics: (result) => exportOpenMetrics('run', result, runFamilies(result)),
  },
  compare: (a, b, options) => {
    const data = compareResults(a.result, b.result, options);
    return { data, text: (medium) => reportResultComparison(data, [a, b], medium) };
  },
};

/** Beside other runs most tables are left out: they are among those of all runs together. */
function findings(result: RunResult, isAlone: boolean): Findings {
  const nodeClient = nodeClientFigures(result);
  return {
    load: describeLoadOf(result),
    facts: [describeRounds(result)],
    sentences: sentences(result),
    thresholds: result.thresholds.map((threshold) => ({
      word: threshold.outcome,
      text: thresholdSentence(threshold),
      tone: thresholdTones[threshold.outcome],
    })),
    tables: [
      ...(isAlone ? mainFigures([result]) : []),
      ...(nodeClient ? [nodeClient] : []),
      ...(isAlone ? comparisonFigures(result) : []),
    ],
    note: unshownComparisons(result),
  };
}

function mainFigures(results: readonly RunResult[]): FigureTable[] {
  return [latencyFigures(results), throughputFigures(results)].filter((table) => table !== null);
}

function datedFigures(result: RunResult): FigureTable[] {
  return comparisonFigures(result).map((table) => dated(table, result));
}

/** What a run found: how targets compare, or how the only one fares. */
function sentences(result: RunResult): Sentence[] {
  const compared = comparisonSentences(result);
  if (compared.length > 0) return compared.map(plain);
  if (result.comparisons.length > 0) {
    const text = 'There are too few rounds for intervals, so nothing is said of who is faster.';
    return [{ ...plain(text), tone: 'warn', isInFigures: true }];
  }
  return aloneSentences(result).map((text) => ({ ...plain(text), isInFigures: true }));
}

function provenance(result: RunResult): Provenance {
  const { argv, unsaid } = flagsOf(result.config);
  return provenanceOf(result, {
    // What another tool's own script sent, nobody has set here.
    settings: isForeign(result) ? null : result.config,
    command: result.importedFrom ? null : commandLine('run', ...argv),
    unsaid,
    facts: rateFacts(result),
  });
}

function rateFacts({ rate }: RunResult): Facts {
  if (!rate) return [];
  const by = rate.chosenBy === 'user' ? 'as it was asked for' : 'by calibration';
  return [['rate', `${formatRequestRate(rate.ratePerSecond)} to each target, ${by}`]];
}
