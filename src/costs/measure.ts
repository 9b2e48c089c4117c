import { mkdir } from 'node:fs/promises';
import { KvbenchError, messageOf } from '../errors.js';
import { createRandom, deriveSeed, shuffled } from '../random.js';
import { type CostPartName, costParts } from './figures.js';
import type { CostBench, CostSubject, OpenPart, PartSession } from './part.js';
import { openers as ownOpeners } from './parts/index.js';
import { CostProgress } from './progress.js';
import { CostRecord } from './record.js';
import type { CostSeries, MeasuredCost } from './schema.js';

/** What happens while costs are measured. */
export type CostEvent =
  | { type: 'cost-part'; part: CostPartName; target: string }
  | {
      type: 'cost-round';
      part: CostPartName;
      target: string;
      round: number;
      rounds: number;
      /** About as long as all of it still takes. */
      leftMs: number;
    };

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
 * Measures part by part; within a part targets take turns, in an order that is drawn for every round. Of a
 * part that but waits the rounds come last. A server that fails ends its own part, with the reason in place of
 * its figures. Rejects when the signal aborts; all that was started has ended then.
 */
export async function measureCosts(
  subjects: readonly CostSubject[],
  bench: CostBench,
  { onEvent, save }: Told,
  openers: Readonly<Record<CostPartName, OpenPart>> = ownOpeners,
): Promise<KnownCosts> {
  const { settings, signal } = bench;
  const records = new Map(subjects.map(({ name }) => [name, new CostRecord(name, settings)]));
  const series = new Map<string, CostSeries>();
  const known = () => ({
    figures: [...records.values()].flatMap((record) => record.figures()),
    series: [...series.values()],
  });
  const parts = costParts.filter((name) => settings.parts.includes(name));
  const progress = new CostProgress(parts, settings, subjects.length);

  const fail = ({ part, sessions }: OpenedPart, name: string, error: unknown) => {
    signal.throwIfAborted();
    if (!(error instanceof KvbenchError) || error.kind !== 'target') throw error;
    records.get(name)?.fail(part, messageOf(error));
    sessions.delete(name);
  };

  const open = async (opened: OpenedPart) => {
    const { part, sessions } = opened;
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
        fail(opened, subject.name, error);
      }
    }
  };

  const takeRounds = async (opened: OpenedPart) => {
    const { part, sessions } = opened;
    const seed = deriveSeed(settings.seed, 6, costParts.indexOf(part));
    progress.begin(part);
    for (let round = 1; ; round++) {
      const more = [...sessions].filter(([, { rounds }]) => rounds >= round);
      if (more.length === 0) break;
      const turns = shuffled(more, createRandom(deriveSeed(seed, round)));
      for (const [index, [name, session]] of turns.entries()) {
        signal.throwIfAborted();
        const { rounds } = session;
        const leftMs = progress.leftMs((round - 1 + index / turns.length) / rounds);
        onEvent({ type: 'cost-round', part, target: name, round, rounds, leftMs });
        try {
          // The same draws for all targets of a round.
          const samples = await session.round(createRandom(deriveSeed(seed, round, 1)));
          records.get(name)?.add(part, samples);
        } catch (error) {
          await session.close();
          fail(opened, name, error);
        }
      }
      await save(known());
    }
    progress.end(part);
    await close(opened);
    await save(known());
  };

  const waiting: OpenedPart[] = [];
  let present: OpenedPart | null = null;
  try {
    for (const part of parts) {
      present = { part, sessions: new Map() };
      await open(present);
      const isWaiting = [...present.sessions.values()].every(({ waits }) => waits);
      if (isWaiting) waiting.push(present);
      else await takeRounds(present);
    }
    for (const opened of waiting) await takeRounds(opened);
  } finally {
    await Promise.all([...waiting, ...(present ? [present] : [])].map(close));
  }
  return known();
}

interface OpenedPart {
  part: CostPartName;
  /** By the names of the targets that have not failed. */
  sessions: Map<string, PartSession>;
}

/** Ends what a part has begun; once more, it does nothing. */
async function close({ sessions }: OpenedPart): Promise<void> {
  const all = [...sessions.values()];
  sessions.clear();
  await Promise.all(all.map((session) => session.close()));
}

function keeper(target: string, series: Map<string, CostSeries>) {
  return (one: Omit<CostSeries, 'target'>) =>
    void series.set(`${target} ${one.keys}`, { target, ...one });
}
