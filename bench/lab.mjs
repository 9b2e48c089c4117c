// What the scripts beside this one share: kvbench's own parts put together by hand, so that servers
// can be measured that are not targets.
import { execFileSync } from 'node:child_process';
import os from 'node:os';
import {
  bundledTargets,
  contractRequests,
  createPlan,
  executePlan,
  loadRunConfig,
  setUp,
  startServer,
  userPaths,
} from '../dist/internals.js';

export const signal = new AbortController().signal;

/** A complete config from the few values that matter. */
export function configOf(values, seed = 1) {
  return loadRunConfig({ quick: false, preset: null, flags: values, randomSeed: () => seed })
    .config;
}

/** Everything that `kvbench run` has before it measures; it can name these targets, too. */
export function prepare(config, targets = []) {
  return setUp(createPlan(config), config, {
    targets: [...bundledTargets, ...targets],
    cacheDir: userPaths(process.env).cache,
    signal,
    onEvent() {},
  });
}

/** A target that is built already, and starts like the bundled ones. */
export function targetOf(name, command, { requests = contractRequests, env } = {}) {
  return {
    name,
    description: '',
    source: 'command',
    url: null,
    contract: true,
    requests,
    builder: null,
    fixedPort: null,
    build: async () => null,
    start: ({ instance, workers, cpus, onWarning }) =>
      startServer({
        target: instance,
        command: workers === null ? command : [...command, `--workers=${workers}`],
        cpus,
        signal,
        onWarning,
        env,
      }),
  };
}

/** The trials of a run. */
export async function measure(config, setup) {
  return (await measureAll(config, setup)).trials;
}

/** The same with the rate that was found; told of all that happens meanwhile. */
export async function measureAll(config, setup, onEvent = () => {}) {
  let result = { rate: null, trials: [] };
  await executePlan(
    createPlan(config),
    config,
    {
      ...setup,
      now: () => new Date(),
      onEvent,
      isEnough: () => false,
      save: async (measured) => {
        result = { ...measured, trials: [...measured.trials] };
      },
    },
    signal,
  );
  return result;
}

/** Machine, versions and date: the line above every table. */
export function provenance() {
  const tool = (command, ...args) => {
    try {
      return execFileSync(command, args, { encoding: 'utf8' }).trim();
    } catch {
      return `no ${command}`;
    }
  };
  const { model } = os.cpus()[0];
  return (
    `${model}, ${os.cpus().length} CPUs, ${os.type()} ${os.release()}, Node ${process.versions.node}, ` +
    `${tool('rustc', '--version')}, ${tool('go', 'version')}; ${new Date().toISOString().slice(0, 10)}`
  );
}

/** Rows as a Markdown table. */
export function markdownTable(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
