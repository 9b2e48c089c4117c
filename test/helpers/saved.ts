import { readFileSync } from 'node:fs';
import { type GateResult, gateResultSchema } from '../../src/gate/schema.js';
import type { SavedDocument } from '../../src/report/documents.js';
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

/** One of each kind, and how many texts of them are hostile. */
export function hostileDocuments(): { documents: SavedDocument[]; counts: number[] } {
  const gate = recordedGate('regression');
  const sweep = aSweepResult();
  const run = hostile(aRichRun(), resultSchema);
  const shortGate = hostile({ ...gate, rounds: gate.rounds.slice(0, 3) }, gateResultSchema);
  const curves = sweep.curves.map((curve) => ({ ...curve, steps: curve.steps.slice(0, 2) }));
  const shortSweep = hostile({ ...sweep, curves }, sweepResultSchema);
  return {
    documents: [
      { kind: 'run', result: run.document },
      { kind: 'gate', result: shortGate.document },
      { kind: 'sweep', result: shortSweep.document },
    ],
    counts: [run.count, shortGate.count, shortSweep.count],
  };
}
