import { type SweepResult, sweepResultSchema, sweepSchemaVersion } from '../../sweep/schema.js';
import { upgradeSweep } from '../../sweep/upgrade.js';
import { sweepCharts } from '../charts/sweep.js';
import { exportCsv } from '../export/csv.js';
import { exportSeriesCsv } from '../export/csv-series.js';
import { exportHlog } from '../export/hlog.js';
import { exportOpenMetrics } from '../export/openmetrics.js';
import { sweepFamilies } from '../export/openmetrics-sweep.js';
import { stepColumns, trialsOfSweep } from '../export/trials.js';
import { plain } from '../part.js';
import { sweepPlots } from '../plots.js';
import { commandLine, provenanceOf } from '../provenance.js';
import { sweepFlagsOf } from '../repeat.js';
import {
  describeSteps,
  describeSweptLoad,
  kneeFigures,
  levelFigures,
  stepFigures,
  sweepSentences,
  sweptTargets,
} from '../sweep-figures.js';
import type { ResultKind } from './kind.js';

/** What `kvbench sweep` saves. */
export const sweepKind: ResultKind<SweepResult, 'sweep'> = {
  name: 'sweep',
  schema: sweepResultSchema,
  versionKey: 'sweepSchemaVersion',
  version: sweepSchemaVersion,
  upgrade: upgradeSweep,
  jsonSchema: { file: 'sweep', title: 'kvbench sweep result' },
  subject: sweptTargets,
  findings: (result) => ({
    load: describeSweptLoad(result),
    facts: [describeSteps(result)],
    sentences: sweepSentences(result).map(plain),
    tables: stepFigures(result),
    narrow: levelFigures(result),
  }),
  plots: sweepPlots,
  charts: sweepCharts,
  together: (results) => {
    const knees = results.length > 1 ? kneeFigures(results) : null;
    return { tables: knees ? [knees] : [], charts: [] };
  },
  provenance: (result) => {
    const { argv, unsaid } = sweepFlagsOf(result);
    const command = commandLine('sweep', ...argv);
    return provenanceOf(result, { settings: result.config, command, unsaid });
  },
  exports: {
    csv: (result) => exportCsv(trialsOfSweep(result), stepColumns),
    series: (result) => exportSeriesCsv(trialsOfSweep(result), stepColumns),
    hlog: (result) => exportHlog(result, trialsOfSweep(result)),
    openmetrics: (result) => exportOpenMetrics('sweep', result, sweepFamilies(result)),
  },
};
