import { expect, test } from 'vitest';
import { measureClock } from '../../src/observe/clock.js';

test('the clock is looked at', async () => {
  const { timerMs, longestGapUs, lostShare } = await measureClock();
  expect(timerMs).toBeGreaterThan(0.5);
  expect(longestGapUs).toBeGreaterThan(0);
  expect(lostShare).toBeGreaterThanOrEqual(0);
});
