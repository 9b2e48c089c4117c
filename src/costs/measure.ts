import { mkdir } from 'node:fs/promises';
import { KvbenchError, messageOf } from '../errors.js';
import { createRandom, deriveSeed, shuffled } from '../random.js';
import { type CostPartName, costParts } from './figures.js';
import type { CostBench, CostSubject, OpenPart, PartSession } from './part.js';
import { openers as ownOpeners } from './parts/index.js';
import { CostRecord } from './record.js';
import type { CostSeries, MeasuredCost } from './schema.js';

/** What happens while costs are measured. */
export type CostEvent =
  | { type: 'cost-part'; part: CostPartName; target: string }
  | { type: 'cost-round'; part: CostPartName; target: string; round: number; rounds: number };

/** All that is known so far. */
export interface KnownCosts {
  figures: MeasuredCost[];
  series: CostSeries[];
}

interface Told {
  onEvent(event: CostEvent): void;
  /** Called after every round. */
  save(known: KnownCosts): Promise<void>;
}

/**
 * Measures part by part; within a part targets take turns, in an order that is drawn for every round. A
 * server that fails ends its own part, with the reason in place of its figures. Rejects when the signal
 * aborts; all that was started has ended then.
 */
export async function measureCosts(
  subjects: readonly CostSubject[],
  bench: CostBench,
  { onEvent, save }: Told,
  openers: Readonly<Record<CostPartName, OpenPart>> = ownOpeners,
): Promise<KnownCosts> {
  const { settings, signal } = bench;
  const records = new Map(subjects.map(({ name }) => [name, new CostRecord(name, settings.jobs)]));
  const series = new Map<string, CostSeries>();
  const known = () => ({
    figures: [...records.values()].flatMap((record) => record.figures()),
    series: [...series.values()],
  });
  for (const part of costParts.filter((name) => settings.parts.includes(name))) {
    const sessions = new Map<string, PartSession>();
    const fail = (name: string, error: unknown) => {
      signal.throwIfAborted();
      if (!(error instanceof KvbenchError) || error.kind !== 'target') throw error;
      records.get(name)?.fail(part, messageOf(error));
      sessions.delete(name);
    };
    const seed = deriveSeed(settings.seed, 6, costParts.indexOf(part));
    try {
      for (const subject of subjects) {
        signal.throwIfAborted();
        onEvent({ type: 'cost-part', part, target: subject.name });
        try {
          const work = bench.workOf(subject, part);
          await mkdir(work, { recursive: true });
          sessions.set(
            subject.name,
            await openers[part](subject, { ...bench, work, keep: keeper(subject.name, series) }),
          );
        } catch (error) {
          fail(subject.name, error);
        }
      }
      for (let round = 1; ; round++) {
        const open = [...sessions].filter(([, { rounds }]) => rounds >= round);
        if (open.length === 0) break;
        for (const [name, session] of shuffled(open, createRandom(deriveSeed(seed, round)))) {
          signal.throwIfAborted();
          onEvent({ type: 'cost-round', part, target: name, round, rounds: session.rounds });
          try {
            // The same draws for all targets of a round.
            const samples = await session.round(createRandom(deriveSeed(seed, round, 1)));
            records.get(name)?.add(part, samples);
          } catch (error) {
            await session.close();
            fail(name, error);
          }
        }
        await save(known());
      }
    } finally {
      await Promise.all([...sessions.values()].map((session) => session.close()));
    }
    await save(known());
  }
  return known();
}

function keeper(target: string, series: Map<string, CostSeries>) {
  return (one: Omit<CostSeries, 'target'>) =>
    void series.set(`${target} ${one.keys}`, { target, ...one });
}
