import { type CostsResult, costsResultSchema, costsSchemaVersion } from '../../costs/schema.js';
import { upgradeCosts } from '../../costs/upgrade.js';
import { askedNameOf } from '../../plan/plan.js';
import { collectorCharts } from '../charts/costs.js';
import { costSentences, costTables, describeCosts } from '../costs-figures.js';
import { exportCostsCsv } from '../export/csv-costs.js';
import { refuses } from '../export/refusal.js';
import { plain } from '../part.js';
import { commandLine, provenanceOf } from '../provenance.js';
import { costFlagsOf } from '../repeat.js';
import type { ResultKind } from './kind.js';

const noTrials = refuses(
  'A result of `kvbench costs` holds no trials.',
  'Use `kvbench export csv`, which writes a row for each of its figures.',
);

/** What `kvbench costs` saves. */
export const costsKind: ResultKind<CostsResult, 'costs'> = {
  name: 'costs',
  schema: costsResultSchema,
  versionKey: 'costsSchemaVersion',
  version: costsSchemaVersion,
  upgrade: upgradeCosts,
  jsonSchema: { file: 'costs', title: 'kvbench costs result' },
  subject: ({ targets }) => targets.map(({ name }) => name).join(' vs '),
  findings: (result) => ({
    load: describeCosts(result),
    facts: [],
    sentences: costSentences(result).map(plain),
    tables: costTables(result),
  }),
  charts: collectorCharts,
  provenance: (result) => {
    const { settings, targets } = result;
    const names = targets.map(({ name }) => askedNameOf(name));
    const command = commandLine('costs', ...names, ...costFlagsOf(settings));
    return provenanceOf(result, { settings, command });
  },
  exports: { csv: exportCostsCsv, series: noTrials, hlog: noTrials, openmetrics: noTrials },
};
