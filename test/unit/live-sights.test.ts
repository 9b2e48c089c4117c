import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { drawProgress } from '../../src/cli/progress.js';
import { StatusLine } from '../../src/cli/status.js';
import { createPlan } from '../../src/plan/plan.js';
import { aConfig } from '../helpers/results.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const stretch = { measure: 'throughput', operation: 'get', seed: 1 } as const;
const loaded = {
  target: 'go',
  requestsPerSecond: 41_267.4,
  p50Ns: 297_000,
  p99Ns: 2_150_000,
  errors: 0,
};
const waiting = {
  target: 'rust',
  requestsPerSecond: null,
  p50Ns: null,
  p99Ns: null,
  errors: 0,
};
const hung = { ...waiting, target: 'stuck', requestsPerSecond: 0 };

/** What stands on stderr after some live figures. */
function shown(isTTY: boolean): string {
  let text = '';
  const write = (more: string) => {
    text += more;
    return true;
  };
  const config = aConfig({ targets: ['go', 'rust', 'stuck'] });
  const status = new StatusLine({ isTTY, columns: 80, write }, {});
  const progress = drawProgress(createPlan(config), config, status);
  vi.advanceTimersByTime(5000);
  progress.onEvent({ type: 'live', round: 1, stretch, figures: [loaded, waiting, hung] });
  const before = text;
  progress.stop();
  return before;
}

test('lines that stay tell of targets that have had a turn, of one that hangs too', () => {
  expect(shown(false)).toBe(
    [
      '  round 1 throughput get, go: 41,267/s, P50 297 µs, P99 2.15 ms, 0 errors',
      '  round 1 throughput get, stuck: 0/s, P50 n/a, P99 n/a, 0 errors',
      '',
    ].join('\n'),
  );
});

test('on a terminal those that wait for their turn keep their line', () => {
  expect(shown(true)).toContain('\n  round 1 throughput get, rust: waits for its turn\n');
});
