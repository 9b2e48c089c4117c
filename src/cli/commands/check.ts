import type { Command } from 'commander';
import { exitCode, KvbenchError } from '../../errors.js';
import { type ContractReport, reportContract } from '../../report/contract.js';
import { reportJson } from '../../report/json.js';
import { bundledTargets, findTarget } from '../../targets/targets.js';
import { buildAll } from '../build.js';
import { runVectors, startAndCheck } from '../contract.js';
import { chalkFor, type Io } from '../io.js';
import type { CommandContext } from '../program.js';
import { startOnce } from '../start.js';
import { StatusLine } from '../status.js';

interface CheckFlags {
  url?: string;
  verbose?: boolean;
  json?: boolean;
}

/** `kvbench check`: does a server keep the HTTP contract? */
export function addCheckCommand(program: Command, { io, setExitCode }: CommandContext): void {
  program
    .command('check')
    .description('prove that servers keep the HTTP contract, byte for byte')
    .argument('[target...]', 'targets to build and check (default: all)')
    .option('--url <url>', 'check a server that already runs, as http://127.0.0.1:8080')
    .option('--verbose', 'list every vector, not only those that differ')
    .option('--json', 'print JSON')
    .action(async (names: string[], { url, verbose = false, json }: CheckFlags) => {
      const reports = url ? [await checkUrl(url, names, io)] : await checkTargets(names, io);
      if (json) {
        io.stdout.write(reportJson(reports));
      } else {
        const chalk = chalkFor(io.stdout, io.env);
        io.stdout.write(reports.map((r) => reportContract(r, { chalk, verbose })).join('\n'));
      }
      if (reports.some(({ outcomes }) => outcomes.some((o) => !o.ok))) setExitCode(exitCode.target);
    });
}

async function checkTargets(names: readonly string[], io: Io): Promise<ContractReport[]> {
  const targets =
    names.length > 0 ? [...new Set(names)].map((name) => findTarget(name)) : bundledTargets;
  const status = new StatusLine(io.stderr, io.env);
  const artifacts = await buildAll(targets, io, status);
  const reports: ContractReport[] = [];
  for (const target of targets) {
    const { name } = target;
    const artifact = artifacts.find((candidate) => candidate.target === name) ?? null;
    const start = () => target.start(startOnce(name, artifact, io, status));
    const outcomes = await status.during(
      () => `checking ${name} …`,
      () => startAndCheck(name, start, io.signal),
    );
    reports.push({ name, outcomes });
  }
  return reports;
}

async function checkUrl(text: string, names: readonly string[], io: Io): Promise<ContractReport> {
  if (names.length > 0) {
    throw new KvbenchError(
      'usage',
      '--url checks a running server, and targets are built and started.',
      'Give one of the two.',
    );
  }
  const url = URL.canParse(text) ? new URL(text) : null;
  const loopback = /^(127(\.\d+){3}|localhost|\[::1\])$/.test(url?.hostname ?? '');
  if (
    url?.protocol !== 'http:' ||
    !loopback ||
    url.pathname !== '/' ||
    url.search ||
    url.username
  ) {
    throw new KvbenchError(
      'usage',
      `--url ${JSON.stringify(text)} is not the root of an HTTP server on this machine.`,
      'Give it as http://127.0.0.1:PORT.',
    );
  }
  return { name: url.origin, outcomes: await runVectors(url.origin, io.signal) };
}
