import { readFileSync } from 'node:fs';
import {
  type CostsResult,
  costsSchemaVersion,
  defaultCostSettings,
} from '../../src/costs/schema.js';
import { type GateResult, gateResultSchema } from '../../src/gate/schema.js';
import { gateKind } from '../../src/report/kinds/gate.js';
import { type KnownDocument, known } from '../../src/report/kinds/kind.js';
import { runKind } from '../../src/report/kinds/run.js';
import { sweepKind } from '../../src/report/kinds/sweep.js';
import { type RunResult, resultSchema } from '../../src/result/schema.js';
import { sweepResultSchema } from '../../src/sweep/schema.js';
import { hostile } from './hostile.js';
import { aSeriesResult, aSweepResult } from './reports.js';

/** A gate as it was recorded for its reporters. */
export function recordedGate(name: string): GateResult {
  const file = new URL(`../../fixtures/gate/${name}.json`, import.meta.url);
  return gateResultSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}

/** A small run in which every part of a report has something to show. */
export function aRichRun(): RunResult {
  const result = aSeriesResult({ rounds: 2, intervals: 4, operations: ['get'] });
  return {
    ...result,
    artifacts: result.targets.map(({ name }) => ({
      target: name,
      path: `/home/somebody/.cache/${name}`,
      sizeBytes: 7_000_000,
      sha256: 'ab'.repeat(32),
      toolchain: 'rustc 1.95.0',
      flags: ['--release'],
      buildMs: 55_000,
      builtAt: result.startedAt,
    })),
    thresholds: [
      {
        expression: 'get.p99>5ms',
        figure: 'rust get P99',
        value: 4e5,
        outcome: 'kept',
        reason: null,
      },
      {
        expression: 'go.rss>1MiB',
        figure: 'go get RSS',
        value: 9e6,
        outcome: 'broken',
        reason: null,
      },
    ],
    warnings: [{ code: 'steal', message: 'Steal was 6 %.', advice: 'Use a quieter machine.' }],
  };
}

/** The size of one artifact, beside what can't be had. */
export function aCostsResult(): CostsResult {
  const { targets, machine, placement, artifacts, startedAt, updatedAt } = aRichRun();
  const [target = ''] = targets.map(({ name }) => name);
  const common = { target, heap: null, low: null, high: null, detail: null };
  return {
    costsSchemaVersion,
    kvbenchVersion: '0.0.0',
    state: 'complete',
    startedAt,
    updatedAt,
    settings: { ...defaultCostSettings, seed: 7 },
    targets,
    machine,
    placement,
    artifacts,
    figures: [
      {
        ...common,
        figure: 'artifact.size',
        unit: 'bytes',
        values: [7_000_000],
        value: 7_000_000,
        reason: null,
      },
      {
        ...common,
        figure: 'build.cold',
        unit: 'ns',
        values: [],
        value: null,
        reason: 'nobody knows where its compiler keeps what it has',
      },
    ],
    warnings: [],
  };
}

/** One of three kinds, and how many texts of them are hostile. */
export function hostileDocuments(): { documents: KnownDocument[]; counts: number[] } {
  const gate = recordedGate('regression');
  const sweep = aSweepResult();
  const run = hostile(aRichRun(), resultSchema);
  const shortGate = hostile({ ...gate, rounds: gate.rounds.slice(0, 3) }, gateResultSchema);
  const curves = sweep.curves.map((curve) => ({ ...curve, steps: curve.steps.slice(0, 2) }));
  const shortSweep = hostile({ ...sweep, curves }, sweepResultSchema);
  return {
    documents: [
      known(runKind, run.document),
      known(gateKind, shortGate.document),
      known(sweepKind, shortSweep.document),
    ],
    counts: [run.count, shortGate.count, shortSweep.count],
  };
}
