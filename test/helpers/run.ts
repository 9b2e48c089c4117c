import { contractRequests, type RequestSet } from '../../src/config/requests.js';
import type { RunConfig } from '../../src/config/schema.js';
import { noErrors } from '../../src/load/error-kinds.js';
import type { Generator } from '../../src/load/generator.js';
import type {
  Endpoint,
  LoadOutcome,
  LoadSpec,
  ReadBackOutcome,
  TransferOutcome,
} from '../../src/load/protocol.js';
import type { Measured, RunDependencies, RunEvent } from '../../src/run/context.js';
import type { RunningServer } from '../../src/targets/target.js';
import { microsecondsTo } from './histograms.js';

/** What a load that went well would have given. */
export function aLoadOutcome(spec: LoadSpec, changes: Partial<LoadOutcome> = {}): LoadOutcome {
  const answered = 100;
  return {
    planned: answered,
    answered,
    errors: noErrors(),
    firstError: null,
    retried: 0,
    hung: false,
    windowMs: spec.durationMs,
    requestsPerSecond: (answered / spec.durationMs) * 1000,
    sentInWindow: answered,
    byName: Object.fromEntries(
      spec.mix.map(({ name, share }) => [name, Math.round(answered * share)]),
    ),
    misses: 0,
    connectionsOpened: 0,
    sentBytes: 1000,
    receivedBytes: 2000,
    serviceTime: microsecondsTo(answered),
    responseTime: spec.pace && microsecondsTo(answered),
    scheduleLag: spec.pace && microsecondsTo(answered),
    undisturbedTime: spec.pace && microsecondsTo(answered),
    parts: null,
    censored: null,
    timeline: null,
    generator: {
      cpuUs: 1000,
      utilization: 0.5,
      elapsedMs: spec.durationMs,
      stalledMs: 0,
      longestStallMs: 0,
      disturbed: 0,
    },
    ...changes,
  };
}

interface Habits {
  load?: (spec: LoadSpec) => Promise<LoadOutcome[]>;
  preload?: (endpoint: Endpoint) => Promise<Partial<TransferOutcome>>;
  readBack?: (target: string) => Promise<ReadBackOutcome | null>;
  requestsFor?: (name: string) => RequestSet;
  startServer?: (name: string) => Promise<void>;
  isEnough?: RunDependencies['isEnough'];
  save?: (measured: Measured) => Promise<void>;
  onEvent?: (event: RunEvent) => void;
}

/**
 * Everything that a run touches, without a process: `log` tells what was called, in order, `alive`
 * which servers and generators have not been ended, and `kill` ends a server from outside.
 */
export function fakeWorld(habits: Habits = {}) {
  const log: string[] = [];
  const specs: LoadSpec[] = [];
  const endpoints: Endpoint[] = [];
  const alive = new Set<string>();
  const deaths = new Map<string, (error: Error) => void>();
  const saved: Measured[] = [];

  const startServer = async (name: string): Promise<RunningServer> => {
    log.push(`start ${name}`);
    await habits.startServer?.(name);
    alive.add(name);
    const died = new Promise<never>((_, reject) => deaths.set(name, reject));
    died.catch(() => {});
    return {
      target: name,
      died,
      // Nothing that a probe could look at.
      pids: () => [],
      origin: `http://${name}`,
      adminOrigin: null,
      startedMs: null,
      stop: async () => {
        log.push(`stop ${name}`);
        alive.delete(name);
      },
    };
  };

  const startGenerator = (): Generator => {
    alive.add('generator');
    let end: (error: Error) => void = () => {};
    const ended = new Promise<never>((_, reject) => {
      end = reject;
    });
    ended.catch(() => {});
    return {
      pids: [],
      preload: (endpoint) => {
        log.push(`fill ${endpoint.target}`);
        endpoints.push(endpoint);
        const whole = {
          planned: 5,
          answered: 5,
          errors: noErrors(),
          firstError: null,
          retried: 0,
          hung: false,
        };
        const part = habits.preload?.(endpoint) ?? Promise.resolve({});
        return Promise.race([part.then((changes) => ({ ...whole, ...changes })), ended]);
      },
      load: (spec) => {
        const loop = spec.pace ? 'open' : 'closed';
        log.push(`load ${loop} ${spec.durationMs} ${spec.targets.join(',')}`);
        specs.push(spec);
        const outcomes =
          habits.load?.(spec) ?? Promise.resolve(spec.targets.map(() => aLoadOutcome(spec)));
        return Promise.race([outcomes, ended]);
      },
      readBack: (target) => {
        log.push(`read back ${target}`);
        return Promise.race([habits.readBack?.(target) ?? Promise.resolve(null), ended]);
      },
      release: async () => {
        log.push('release');
      },
      stop: async () => {
        alive.delete('generator');
        end(new Error('the load generator ended (SIGKILL)'));
      },
    };
  };

  const dependencies: RunDependencies = {
    serverCpusOf: () => 1,
    requestsFor: habits.requestsFor ?? (() => contractRequests),
    startServer,
    startGenerator,
    now: () => new Date(0),
    onEvent: (event) => {
      log.push(describeEvent(event));
      habits.onEvent?.(event);
    },
    save: async (measured) => {
      log.push(`save ${measured.trials.length}`);
      saved.push({ ...measured, trials: [...measured.trials] });
      await habits.save?.(measured);
    },
    isEnough: habits.isEnough ?? (() => false),
  };
  const kill = (name: string, error: Error) => deaths.get(name)?.(error);
  return { dependencies, log, specs, endpoints, alive, saved, kill };
}

function describeEvent(event: RunEvent): string {
  switch (event.type) {
    case 'calibrate':
      return `event calibrate ${event.target}`;
    case 'started':
      return `event started ${event.target}`;
    case 'rate':
      return `event rate ${event.rate.ratePerSecond}`;
    case 'round':
      return `event round ${event.round}`;
    case 'preload':
      return `event preload ${event.target}`;
    case 'stretch-start':
      return `event ${event.stretch.measure} ${event.stretch.operation}`;
    case 'live':
      return `event live ${event.figures.length}`;
    case 'stretch-end':
      return `event end ${event.trials.length}`;
  }
}

/** What most of these tests run: one operation, a given rate, two rounds. */
export const smallRun: Partial<RunConfig> = {
  operations: ['get'],
  rate: 100,
  rounds: 2,
  durationMs: 100,
  warmupMs: 50,
};
