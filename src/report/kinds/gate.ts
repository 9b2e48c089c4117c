import { type GateResult, gateResultSchema, gateSchemaVersion } from '../../gate/schema.js';
import { plural } from '../../plural.js';
import { gateCharts } from '../charts/gate.js';
import { refuses } from '../export/refusal.js';
import { formatMs, formatRequestRate } from '../format.js';
import { circumstances, describeDifferences, describeRounds } from '../gate/circumstances.js';
import { gateFigures } from '../gate/figures.js';
import { nextSteps } from '../gate/next.js';
import { asideSentences, openSentences, verdict } from '../gate/sentence.js';
import type { Findings } from '../part.js';
import { gatePlots } from '../plots.js';
import {
  artifactTable,
  commandLine,
  cpuText,
  filled,
  machineFacts,
  machineLines,
  type Provenance,
  settingTable,
  timeFacts,
  unsaidHints,
} from '../provenance.js';
import { gateFlagsOf } from '../repeat.js';
import type { ResultKind } from './kind.js';

const noTrials = refuses(
  'A gate keeps a few figures of each round, and no trials that could be exported.',
  'Use `kvbench gate --replay FILE --report bencher=OUT`, or another form of --report.',
);

/** What `kvbench gate` saves. */
export const gateKind: ResultKind<GateResult, 'gate'> = {
  name: 'gate',
  schema: gateResultSchema,
  versionKey: 'gateSchemaVersion',
  version: gateSchemaVersion,
  upgrade: () => null,
  jsonSchema: { file: 'gate', title: 'kvbench gate result' },
  subject: ({ target, base, head }) => `${target}, ${base.label} against ${head.label}`,
  findings,
  plots: gatePlots,
  charts: gateCharts,
  provenance,
  exports: { csv: noTrials, series: noTrials, hlog: noTrials, openmetrics: noTrials },
};

function findings(result: GateResult): Findings {
  const { target, base, head } = result;
  return {
    names: `${target}: ${base.label} (base) against ${head.label} (head)`,
    differences: describeDifferences(result),
    facts: describeRounds(result),
    sentences: [verdict(result)],
    tables: gateFigures(result),
    // Leaves 80 columns for the widest figures beside it.
    narrow: gateFigures(result, { labelWidth: 11 }),
    remarks: [...asideSentences(result), ...openSentences(result)],
    steps: nextSteps(result),
  };
}

function provenance(result: GateResult): Provenance {
  const { machine, load, seed, policy, base, head, rounds, target, note } = result;
  const { argv, unsaid } = gateFlagsOf(result);
  const seen = circumstances(result);
  const interleaved = `interleaved by ${policy.interleave}`;
  const engine = load?.engine ? `, sent by the ${load.engine.name} engine` : '';
  const artifacts = [base, head].flatMap(({ artifact, label }, index) =>
    artifact ? [{ ...artifact, target: `${index === 0 ? 'base' : 'head'}, ${label}` }] : [],
  );
  return {
    facts: [
      ...(note === undefined ? [] : [['note', note] as const]),
      ...timeFacts(result),
      ['base', buildText(base)],
      ['head', buildText(head)],
      ...machineFacts(machine),
      ...(load
        ? [
            [
              'load',
              `${formatRequestRate(load.ratePerSecond)} and ${plural(load.connections, 'connection')} to each build`,
            ] as const,
            ['rounds', `${formatMs(load.durationMs)} an operation, ${interleaved}`] as const,
          ]
        : []),
      ...(seen.length === 0 ? [] : [['circumstances', seen.join('; ')] as const]),
      ['seed', String(seed)],
    ],
    tables: filled([artifactTable(artifacts), settingTable(policy)]),
    command:
      base.commit === null ? null : commandLine('gate', target, '--base', base.commit, ...argv),
    hints: [
      ...unsaidHints(unsaid),
      'kvbench gate --replay, with the saved result, judges these rounds again.',
    ],
    lines: [...machineLines(machine), ...seen, `${interleaved}${engine}, seed ${seed}`],
    small: [
      ...(machine ? [cpuText(machine)] : []),
      `${plural(rounds.length, 'round')}, ${interleaved}, seed ${seed}`,
      ...seen,
    ].join('; '),
  };
}

function buildText({ label, commit }: { label: string; commit: string | null }): string {
  return commit === null || label.includes(commit) ? label : `${label} (${commit})`;
}
