import type * as z from 'zod';

/** A server as probes see it: one that ran already may have neither processes of ours nor an admin port. */
export interface ProbedServer {
  /** As they are at the moment. */
  pids(): readonly number[];
  adminOrigin: string | null;
}

/** What came of a load for one server, as far as facts depend on it. */
export interface Loaded {
  answered: number;
  /** Whether it was an open loop, and as good as all of it left in time. */
  keptRate: boolean;
  /** How many CPUs the server can keep busy. */
  serverCpus: number;
  generator: { cpuUs: number; elapsedMs: number; utilization: number };
}

/** Intervals one after the other, from a moment of `process.hrtime` on. */
export interface Intervals {
  startedAtMs: number;
  intervalMs: number;
  count: number;
}

/** A probe at work. */
export interface Probing<Reading> {
  /** Called when the load is over: tells what was read of each server, in their order. */
  stop(): Promise<readonly Reading[]>;
  /** Called if it has failed instead, perhaps after `stop`: ends what goes on. None: nothing does. */
  cancel?(): void;
}

/** Fields of documents, with their units in their names. */
type Fields = Readonly<Record<string, z.ZodType>>;
type Facts<Of extends Fields> = { [Name in keyof Of]: z.infer<Of[Name]> };

/**
 * What is observed beside a load. Documents from before there was a probe, and what is imported, lack its
 * fields: those of a new one are optional.
 */
export interface Probe<
  Reading = unknown,
  OfTrial extends Fields = Fields,
  OfSeries extends Fields = Fields,
> {
  /** What it adds to each trial. */
  trial: OfTrial;
  /** What it adds to the time series of each. */
  series: OfSeries;
  /** Called before the load, when servers have nothing to do; `intervalMs` is of the time series. */
  start(
    servers: readonly ProbedServer[],
    options: { intervalMs: number },
  ): Promise<Probing<Reading>>;
  /** What a reading says of the trial of a server; `all` are those that shared the load. */
  facts(reading: Reading, own: Loaded, all: readonly Loaded[]): Facts<OfTrial>;
  /** What it says of each interval; called where a time series is kept. */
  course(reading: Reading, intervals: Intervals): Facts<OfSeries>;
}

/** A probe, of which the compiler sees that it tells what it says it adds. */
export function probe<Reading, OfTrial extends Fields, OfSeries extends Fields>(
  own: Probe<Reading, OfTrial, OfSeries>,
): Probe<Reading, OfTrial, OfSeries> {
  return own;
}
