import { setTimeout as delay } from 'node:timers/promises';

/** How well a process of ours can be on time. */
export interface ClockQuality {
  /** What a timer of 1 ms took, typically, in ms. */
  timerMs: number;
  /** The longest that a spin was kept from looking at the clock, in µs. */
  longestGapUs: number;
  /** Share of a spin's time that went in gaps of more than 20 µs: others had the CPU, or the host. */
  lostShare: number;
}

const timers = 25;
const spinMs = 500;
const gapMs = 0.02;

/** Waits and spins for about half a second. */
export async function measureClock(): Promise<ClockQuality> {
  const waits: number[] = [];
  for (let i = 0; i < timers; i++) {
    const startMs = performance.now();
    await delay(1);
    waits.push(performance.now() - startMs);
  }
  const startMs = performance.now();
  let lastMs = startMs;
  let longestMs = 0;
  let lostMs = 0;
  while (lastMs - startMs < spinMs) {
    const nowMs = performance.now();
    const passedMs = nowMs - lastMs;
    if (passedMs > longestMs) longestMs = passedMs;
    if (passedMs > gapMs) lostMs += passedMs;
    lastMs = nowMs;
  }
  return {
    timerMs: waits.sort((a, b) => a - b)[timers >> 1] as number,
    longestGapUs: longestMs * 1000,
    lostShare: lostMs / spinMs,
  };
}
