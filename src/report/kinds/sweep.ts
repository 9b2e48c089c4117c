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
import {
  artifactTable,
  commandLine,
  filled,
  machineFacts,
  ownHints,
  type Provenance,
  placementFacts,
  requestTable,
  settingTable,
  timeFacts,
  unsaidHints,
} from '../provenance.js';
import { sweepFlagsOf } from '../repeat.js';
import { reportSweepText } from '../sweep.js';
import {
  describeSweptLoad,
  kneeFigures,
  sweepFigures,
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
  text: reportSweepText,
  findings: (result) => ({
    facts: [`${describeSweptLoad(result)}.`],
    sentences: sweepSentences(result).map(plain),
    tables: sweepFigures(result),
  }),
  charts: sweepCharts,
  together: (results) => {
    const knees = results.length > 1 ? kneeFigures(results) : null;
    return { tables: knees ? [knees] : [], charts: [] };
  },
  provenance,
  exports: {
    csv: (result) => exportCsv(trialsOfSweep(result), stepColumns),
    series: (result) => exportSeriesCsv(trialsOfSweep(result), stepColumns),
    hlog: (result) => exportHlog(result, trialsOfSweep(result)),
    openmetrics: (result) => exportOpenMetrics('sweep', result, sweepFamilies(result)),
  },
};

function provenance(result: SweepResult): Provenance {
  const { machine, placement, config, artifacts, targets } = result;
  const { argv, unsaid } = sweepFlagsOf(result);
  return {
    facts: [
      ...timeFacts(result),
      ...machineFacts(machine),
      ...placementFacts(placement, targets),
      ['seed', String(config.seed)],
    ],
    tables: filled([artifactTable(artifacts), requestTable(targets), settingTable(config)]),
    command: commandLine('sweep', ...argv),
    hints: [...ownHints(targets), ...unsaidHints(unsaid)],
  };
}
