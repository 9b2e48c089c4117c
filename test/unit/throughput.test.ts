import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contractRequests } from '../../src/config/requests.js';
import { createDataset } from '../../src/load/dataset.js';
import { createMessage } from '../../src/load/messages.js';
import { over, Phase } from '../../src/load/phase.js';
import { createStoreModel } from '../../src/load/store-model.js';
import { createRandom } from '../../src/random.js';

const dataset = createDataset({ keyCount: 1, valueSize: { minBytes: 8, maxBytes: 8 }, seed: 1 });
const messages = contractRequests.requests.map((spec) => createMessage(spec, dataset));

interface Load {
  connections: number;
  slices: number;
  sliceMs: number;
  /** When a request that arrives then is answered. */
  answerAt: (nowMs: number) => number;
  isRight?: () => boolean;
}

/** The rate that a closed loop over simulated time comes to, and what the server has seen of it. */
function loop({ connections, slices, sliceMs, answerAt, isRight = () => true }: Load) {
  const model = createStoreModel(dataset, { index: 0, count: 1 });
  const phase = new Phase({ messages, model, sequence: Uint32Array.of(0), start: 0 });
  let nowMs = 0;
  let fewest = connections;
  for (let slice = 0; slice < slices; slice++) {
    phase.closeAt(nowMs + sliceMs, connections);
    const underWay = Array.from({ length: connections }, () => {
      phase.next(nowMs);
      return { sinceMs: Number.NaN, endMs: answerAt(nowMs) };
    });
    while (underWay.length > 0) {
      const first = underWay.reduce((a, b) => (b.endMs < a.endMs ? b : a));
      nowMs = first.endMs;
      const right = isRight();
      if (right) phase.succeed(0, 0, false, nowMs, nowMs);
      first.sinceMs = phase.cycle(first.sinceMs, right, nowMs);
      if (phase.next(nowMs) === over) underWay.splice(underWay.indexOf(first), 1);
      else first.endMs = answerAt(nowMs);
      // Until the last cycle that counts has ended all connections are at work.
      if (underWay.some(({ sinceMs }) => sinceMs !== Number.POSITIVE_INFINITY)) {
        fewest = Math.min(fewest, underWay.length);
      }
    }
  }
  const { answered, connectionMs } = phase.cycles;
  return { perSecond: (connections * answered * 1000) / connectionMs, phase, fewest, nowMs };
}

describe('the rate of a closed loop', () => {
  const delays = fc.double({ min: 0.1, max: 2000, noNaN: true });
  const sliceLengths = fc.double({ min: 20, max: 2000, noNaN: true });
  const counts = fc.integer({ min: 1, max: 20 });

  test('of a server of fixed delay is exact at every length of a slice', () => {
    fc.assert(
      fc.property(delays, sliceLengths, counts, (delayMs, sliceMs, connections) => {
        const answerAt = (nowMs: number) => nowMs + delayMs;
        const load = { connections, slices: delayMs < 1 ? 1 : 3, answerAt };
        const { perSecond } = loop({ ...load, sliceMs: delayMs < 1 ? 20 : sliceMs });
        expect(perSecond / ((connections / delayMs) * 1000)).toBeCloseTo(1, 6);
      }),
    );
  });

  test('of a server that answers one after the other is exact, too', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.5, max: 300, noNaN: true }),
        sliceLengths,
        counts,
        (workMs, sliceMs, connections) => {
          let freeMs = 0;
          const answerAt = (nowMs: number) => {
            freeMs = Math.max(freeMs, nowMs) + workMs;
            return freeMs;
          };
          const { perSecond, fewest } = loop({ connections, slices: 3, sliceMs, answerAt });
          expect(perSecond * (workMs / 1000)).toBeCloseTo(1, 6);
          expect(fewest).toBe(connections);
        },
      ),
    );
  });

  test.each([20, 100, 500])('has no bias where delays vary, in slices of %i ms', (sliceMs) => {
    const random = createRandom(sliceMs);
    const answerAt = (nowMs: number) => nowMs - Math.log(1 - random()) * 40;
    const slices = 200_000 / sliceMs;
    const { perSecond } = loop({ connections: 16, slices, sliceMs, answerAt });
    expect(perSecond / 400).toBeGreaterThan(0.99);
    expect(perSecond / 400).toBeLessThan(1.01);
  });

  test('counts the time of what failed, and not the answer', () => {
    let n = 0;
    const load = { connections: 4, slices: 5, sliceMs: 1000, answerAt: (now: number) => now + 10 };
    const { perSecond } = loop({ ...load, isRight: () => n++ % 2 === 0 });
    expect(perSecond / 200).toBeCloseTo(1, 1);
  });
});
