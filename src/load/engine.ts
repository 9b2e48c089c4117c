import type { RequestSpec } from '../config/requests.js';
import { createHistogram, encodeHistogram } from '../histogram.js';
import { hrtimeMs } from '../hrtime.js';
import { deriveSeed } from '../random.js';
import { createDataset } from './dataset.js';
import { requestCode, requestSequence } from './keys.js';
import { createMessage, type Message } from './messages.js';
import { Phase, type PhaseOptions, type Recorder } from './phase.js';
import { createPool, type Pool } from './pool.js';
import type {
  Endpoint,
  Engine,
  LiveFigures,
  LoadOutcome,
  LoadSpec,
  OnLive,
  ReadBackOutcome,
  TransferOutcome,
  WorkloadShare,
} from './protocol.js';
import { createSchedule, type SlicedSchedule } from './schedule.js';
import { dealSlices, type Slice } from './slices.js';
import { Stalls } from './stalls.js';
import { createStoreModel, ownOf, type StoreModel } from './store-model.js';
import { TimelineRecorder } from './timeline.js';

/** A server that has been preloaded: its connections, and what it must hold. */
interface Loaded {
  pool: Pool;
  model: StoreModel;
  messages: ReadonlyMap<string, Message>;
  /** What stores every key, and what reads it again; null where there is none. */
  preload: Message | null;
  readBack: Message | null;
}

/** One target's part in a stretch of load. */
interface Arm {
  pool: Pool;
  phase: Phase;
  recorder: Recorder;
  /** Null in a closed loop. */
  schedule: SlicedSchedule | null;
  windowMs: number;
  /** Of the windows, what the generator's stalls took; open loop only. */
  stalledMs: number;
  longestStallMs: number;
  elapsedMs: number;
  busyMs: number;
  cpuUs: number;
}

/**
 * The load loops, on undici. Runs in a process of its own (see worker.ts); where there are several,
 * `barrier` resolves to the moment, in ms of `process.hrtime`, at which all of them begin a slice.
 */
export function createEngine(
  { workload, share }: Omit<WorkloadShare, 'warmUpMs'>,
  barrier: () => Promise<number>,
): Engine {
  const dataset = createDataset({
    keyCount: workload.keys,
    valueSize: workload.valueSize,
    seed: workload.seed,
  });
  const sequenceFor = rememberLast((shares: string) =>
    requestSequence({
      distribution: workload.distribution,
      keyCount: workload.keys,
      hitRatio: workload.hitRatio,
      shares: JSON.parse(shares) as number[],
      seed: deriveSeed(workload.seed, 7),
    }),
  );
  // Targets that are asked the same share what is rendered for it.
  const messagesFor = rememberAll((requests: string) =>
    (JSON.parse(requests) as RequestSpec[]).map((spec) => createMessage(spec, dataset)),
  );
  const loaded = new Map<string, Loaded>();
  const find = (target: string): Loaded => {
    const found = loaded.get(target);
    if (!found) throw new Error(`${target} was not preloaded`);
    return found;
  };

  return {
    async preload(endpoint) {
      await loaded.get(endpoint.target)?.pool.close();
      const server = connectTo(endpoint);
      loaded.set(endpoint.target, server);
      const keys = server.preload ? ownKeys(workload.keys) : new Uint32Array();
      const outcome = await transfer(server, server.preload, keys);
      server.model.takeWritten();
      return outcome;
    },

    async load(spec, onLive) {
      const sequence = sequenceFor(JSON.stringify(spec.mix.map(({ share }) => share)));
      const options = {
        sequence,
        start: deriveSeed(spec.seed, 1) % sequence.length,
        latest: workload.distribution === 'latest',
        ...(share.count > 1 && { share }),
      };
      const run = { timeoutMs: workload.timeoutMs, barrier, onLive };
      return loadArms(spec, spec.targets.map(find), options, run);
    },

    async readBack(target) {
      return readBack(find(target));
    },

    async release() {
      await Promise.all([...loaded.values()].map(({ pool }) => pool.close()));
      loaded.clear();
    },
  };

  function connectTo({ origin, requests }: Endpoint): Loaded {
    const { connections, timeoutMs, requestsPerConnection } = workload;
    const own = ownOf(connections, share);
    const rendered = messagesFor(JSON.stringify(requests.requests));
    const messages = new Map(rendered.map((message) => [message.name, message]));
    const named = (name: string | null) => (name === null ? null : findMessage(messages, name));
    return {
      pool: createPool(origin, own, { timeoutMs, requestsPerConnection }),
      model: createStoreModel(dataset, share),
      messages,
      preload: named(requests.preload),
      readBack: named(requests.readBack),
    };
  }

  function ownKeys(keyCount: number): Uint32Array {
    const { index, count } = share;
    const length = Math.ceil((keyCount - index) / count);
    return Uint32Array.from({ length }, (_, n) => index + n * count);
  }
}

function findMessage(messages: ReadonlyMap<string, Message>, name: string): Message {
  const found = messages.get(name);
  if (!found) throw new Error(`there is no request named ${name}`);
  return found;
}

/** Sends one kind of request once for each of those keys; nothing without one. */
async function transfer(
  { pool, model }: Loaded,
  message: Message | null,
  keys: Uint32Array,
): Promise<TransferOutcome> {
  const messages = message ? [message] : [];
  const sequence = keys.map((key) => requestCode.encode(0, key));
  const phase = new Phase({ messages, model, sequence: message ? sequence : new Uint32Array() });
  await pool.run(phase);
  return phase.outcome();
}

/**
 * Reads every written key again. Keys whose value is uncertain are written once more first: only
 * what the server confirmed, with no other write beside it, can be called lost.
 */
async function readBack(server: Loaded): Promise<ReadBackOutcome | null> {
  const { certain, uncertain } = server.model.takeWritten();
  if (!server.readBack || certain.length + uncertain.length === 0) return null;
  await transfer(server, server.preload, uncertain);
  const rewritten = server.model.takeWritten().certain;
  const outcome = await transfer(server, server.readBack, concat(certain, rewritten));
  // A 404 and an older value are both lost writes; a connection that broke says nothing.
  return { ...outcome, lost: outcome.errors.status + outcome.errors.mismatch };
}

interface LoadRun {
  timeoutMs: number;
  barrier: () => Promise<number>;
  onLive: OnLive | undefined;
}

/** Not oftener: whoever sends has something better to do. */
const liveEveryMs = 1000;

async function loadArms(
  spec: LoadSpec,
  servers: readonly Loaded[],
  options: Omit<PhaseOptions, 'model' | 'messages'>,
  { timeoutMs, barrier, onLive }: LoadRun,
): Promise<LoadOutcome[]> {
  const together = spec.interleave === 'request' ? servers.length : 1;
  const arms = servers.map((server, index): Arm => {
    const recorder = {
      serviceTime: createHistogram(),
      responseTime: createHistogram(),
      scheduleLag: createHistogram(),
      undisturbedTime: createHistogram(),
      timeline: spec.intervalMs === null ? null : new TimelineRecorder(spec.intervalMs),
    };
    const { pool, model } = server;
    const messages = spec.mix.map(({ name }) => findMessage(server.messages, name));
    const phase = new Phase({ ...options, messages, model, recorder });
    const schedule =
      spec.pace &&
      createSchedule({
        ...spec.pace,
        durationMs: spec.durationMs,
        seed: deriveSeed(spec.seed, 2),
        arms: together,
        arm: index % together,
      });
    const nothing = {
      windowMs: 0,
      stalledMs: 0,
      longestStallMs: 0,
      elapsedMs: 0,
      busyMs: 0,
      cpuUs: 0,
    };
    return { pool, phase, recorder, schedule, ...nothing };
  });
  const before = arms.map(({ pool }) => pool.totals());
  const slices = dealSlices({ ...spec, arms: arms.length });
  let startedAtMs = 0;
  const timer = onLive && setInterval(() => onLive(liveFigures(spec.targets, arms)), liveEveryMs);
  try {
    for (const [index, slice] of slices.entries()) {
      await waitUntil(await barrier());
      if (index === 0) {
        const startMs = performance.now();
        startedAtMs = hrtimeMs();
        for (const { recorder } of arms) recorder.timeline?.begin(startMs);
      }
      await runSlice(slice, arms, timeoutMs);
    }
  } finally {
    clearInterval(timer);
  }
  return arms.map((arm, index) => {
    const { phase, recorder, pool } = arm;
    const after = pool.totals();
    const from = before[index] as typeof after;
    return {
      ...phase.outcome(),
      windowMs: arm.windowMs,
      requestsPerSecond: ratePerSecond(arm),
      sentInWindow: phase.sentInWindow,
      byName: Object.fromEntries(
        spec.mix.map(({ name }, place) => [name, phase.answeredBy[place] ?? 0]),
      ),
      misses: phase.misses,
      connectionsOpened: after.opened - from.opened,
      sentBytes: after.sentBytes - from.sentBytes,
      receivedBytes: after.receivedBytes - from.receivedBytes,
      serviceTime: encodeHistogram(recorder.serviceTime),
      responseTime: spec.pace && encodeHistogram(recorder.responseTime),
      scheduleLag: spec.pace && encodeHistogram(recorder.scheduleLag),
      undisturbedTime: spec.pace && encodeHistogram(recorder.undisturbedTime),
      // Node has no way to the kernel's times.
      parts: null,
      censored: phase.censored.count > 0 ? { ...phase.censored } : null,
      timeline: recorder.timeline?.finish(startedAtMs) ?? null,
      generator: {
        cpuUs: arm.cpuUs,
        utilization: Math.min(1, arm.busyMs / arm.elapsedMs),
        elapsedMs: arm.elapsedMs,
        stalledMs: arm.stalledMs,
        longestStallMs: arm.longestStallMs,
        disturbed: phase.disturbed,
      },
    };
  });
}

function liveFigures(targets: readonly string[], arms: readonly Arm[]): LiveFigures[] {
  const nowMs = performance.now();
  return arms.flatMap(({ recorder }, index) => {
    const figures = recorder.timeline?.takeLive(nowMs);
    return figures ? [{ target: targets[index] as string, ...figures }] : [];
  });
}

/** See `LoadOutcome`. */
function ratePerSecond({ phase, pool, schedule }: Arm): number {
  const { answered, connectionMs } = phase.cycles;
  const [count, ms] = schedule
    ? [phase.answered, phase.sendingMs]
    : [answered * pool.size, connectionMs];
  return ms > 0 ? (count / ms) * 1000 : 0;
}

/** Loads the arms of a slice until its end, and waits for the last answers. */
async function runSlice(slice: Slice, all: readonly Arm[], timeoutMs: number): Promise<void> {
  const arms = slice.arms.map((index) => all[index] as Arm);
  const cpuBefore = process.cpuUsage();
  const loopBefore = performance.eventLoopUtilization();
  const startMs = performance.now();
  const untilMs = startMs + slice.durationMs;
  const stalls = new Stalls();
  stalls.begin(startMs);
  for (const { phase, pool, schedule, recorder } of arms) {
    recorder.timeline?.addSpan(startMs, untilMs);
    if (schedule) {
      const nextMs = schedule.slice(slice.durationMs);
      const times = { startMs, untilMs, giveUpMs: untilMs + timeoutMs };
      phase.openUntil(times, () => startMs + nextMs(), stalls);
    } else {
      phase.closeAt(untilMs, pool.size);
    }
  }
  const isPaced = arms.some(({ schedule }) => schedule !== null);
  const done = Promise.all(arms.map(({ pool, phase }) => pool.run(phase)));
  const idleMs = isPaced ? await spin(arms, done) : await done.then(() => null);
  const elapsedMs = performance.now() - startMs;
  const { utilization } = performance.eventLoopUtilization(loopBefore);
  const busyMs = idleMs === null ? utilization * elapsedMs : elapsedMs - idleMs;
  const { user, system } = process.cpuUsage(cpuBefore);
  for (const arm of arms) {
    arm.phase.endSlice();
    // A closed loop goes on until the cycles that count have ended.
    if (!arm.schedule)
      arm.recorder.timeline?.addSpan(untilMs, Math.max(untilMs, arm.phase.endedMs));
    arm.windowMs += slice.durationMs;
    arm.stalledMs += stalls.totalMs;
    arm.longestStallMs = Math.max(arm.longestStallMs, stalls.longestMs);
    arm.elapsedMs += elapsedMs;
    arm.busyMs += busyMs;
    // What arms share request by request can't be told apart.
    arm.cpuUs += (user + system) / arms.length;
  }
}

/** How long the event loop is kept waiting at most when there is nothing to read. */
const restMs = 1;

/**
 * Looks at the schedule in every turn of the event loop, until all is done: a timer would be late
 * by a millisecond. While no answer is awaited it does not even turn: there is nothing to read, and
 * every `setImmediate` leaves garbage whose collection delays the requests after it.
 *
 * Gives the time in which nothing was sent or answered, which is the generator's idle time: to the
 * event loop itself a spin looks busy.
 */
function spin(arms: readonly Arm[], done: Promise<unknown>): Promise<number> {
  let idleMs = 0;
  let lastMs = performance.now();
  let lastActivity = -1;
  let going = true;
  return new Promise((resolve, reject) => {
    const turn = () => {
      const nowMs = performance.now();
      let activity = 0;
      let resting = true;
      let nextDueMs = nowMs + restMs;
      for (const { pool, phase } of arms) {
        pool.wake(nowMs);
        activity += phase.activity;
        resting &&= pool.resting;
        nextDueMs = Math.min(nextDueMs, phase.nextDueMs);
      }
      if (activity === lastActivity) idleMs += nowMs - lastMs;
      lastMs = nowMs;
      lastActivity = activity;
      if (!going) return resolve(idleMs);
      if (resting) {
        let dueMs = performance.now();
        for (; dueMs < nextDueMs; dueMs = performance.now()) {
          for (const { phase } of arms) phase.see(dueMs);
          pause();
        }
        idleMs += dueMs - nowMs;
        lastMs = dueMs;
        for (const { pool } of arms) pool.wake(dueMs);
      }
      setImmediate(turn);
    };
    done.then(() => {
      going = false;
    }, reject);
    turn();
  });
}

const pauseCell = new Int32Array(1);

/** About a microsecond of nothing: asking for the time without a pause would be garbage, too. */
function pause(): void {
  for (let i = 0; i < 100; i++) Atomics.load(pauseCell, 0);
}

/** Until a moment of `process.hrtime` that is at most some ms away. */
async function waitUntil(untilMs: number): Promise<void> {
  while (hrtimeMs() < untilMs) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function concat(a: Uint32Array, b: Uint32Array): Uint32Array {
  const both = new Uint32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** Remembers the last result: the same sequence serves trial after trial. */
function rememberLast<T>(make: (key: string) => T): (key: string) => T {
  let last: { key: string; value: T } | null = null;
  return (key) => {
    if (last?.key !== key) last = { key, value: make(key) };
    return last.value;
  };
}

function rememberAll<T>(make: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = make(key);
    known.set(key, made);
    return made;
  };
}
