// What the scripts beside this one share: kvbench's own parts put together by hand, so that servers
// can be measured that are not targets.
import { execFileSync } from 'node:child_process';
import os from 'node:os';
import { Chalk } from 'chalk';
import { setUp } from '../dist/cli/setup.js';
import { StatusLine } from '../dist/cli/status.js';
import { loadRunConfig } from '../dist/config/load.js';
import { nullRequests } from '../dist/config/requests.js';
import { createPlan, isNullTarget } from '../dist/plan/plan.js';
import { executePlan } from '../dist/run/run.js';
import { startServer } from '../dist/targets/server.js';

export const signal = new AbortController().signal;
export const chalk = new Chalk({ level: 0 });
const io = {
  ...{ args: [], env: process.env, cwd: process.cwd() },
  ...{ stdout: process.stdout, stderr: process.stderr, signal },
};

/** A complete config from the few values that matter. */
export function configOf(values, seed = 1) {
  return loadRunConfig({ quick: false, preset: null, flags: values, randomSeed: () => seed })
    .config;
}

/** Everything that `kvbench run` has before it measures. */
export function prepare(config) {
  const quiet = { write() {} };
  return setUp(createPlan(config), config, io, new StatusLine(quiet, process.env));
}

/** The trials of a run. `commands` gives the command of names that are no bundled targets. */
export async function measure(config, setup, commands = {}) {
  let trials = [];
  const start = (name) => {
    const command = commands[name];
    if (!command) return setup.startServer(name);
    const cpus = setup.placement.serverCpus;
    return startServer({ target: name, command, cpus, signal });
  };
  await executePlan(
    createPlan(config),
    config,
    {
      ...setup,
      startServer: start,
      requestsFor: (name) =>
        name in commands && isNullTarget(name)
          ? nullRequests(config.valueSize.maxBytes)
          : setup.requestsFor(name),
      now: () => new Date(),
      onEvent() {},
      isEnough: () => false,
      save: async (measured) => {
        trials = [...measured.trials];
      },
    },
    signal,
  );
  return trials;
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
