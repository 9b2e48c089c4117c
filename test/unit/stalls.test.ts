import { expect, test } from 'vitest';
import { Stalls } from '../../src/load/stalls.js';

test('sightings further apart than a turn of the loop takes are stalls', () => {
  const stalls = new Stalls();
  stalls.begin(1000);
  for (const nowMs of [1000.05, 1000.1, 1005.1, 1005.15, 1025.15, 1027.15]) stalls.see(nowMs);
  expect(stalls.totalMs).toBeCloseTo(27, 6);
  expect(stalls.longestMs).toBeCloseTo(20, 6);
});

test('what was before a load begins is none of its stalls', () => {
  const stalls = new Stalls();
  stalls.see(0);
  stalls.begin(5000);
  stalls.see(5000.05);
  expect(stalls).toMatchObject({ totalMs: 0, longestMs: 0 });
});
