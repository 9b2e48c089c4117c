import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { GateSource } from '../api/gate-arms.js';
import { KvbenchError } from '../errors.js';
import { defaultGatePolicy, type GateSettings, gateMetrics } from '../gate/policy.js';
import { formatMs } from '../report/format.js';
import { gateReporters } from '../report/gate/reporters.js';
import {
  autoOrNumberFlag,
  durationFlag,
  fractionFlag,
  listFlag,
  operationsFlag,
  sizeFlag,
  sizeRangeFlag,
  wholeNumberFlag,
} from './flags.js';

/** What the flags of `gate` say besides those that it shares with `run`. */
export interface GateFlags {
  base?: string;
  baseDir?: string;
  headDir?: string;
  baseArtifact?: string;
  headArtifact?: string;
  replay?: string;
  force?: boolean;
  metrics?: string[];
  allow?: Record<string, number>;
  rssAllowance?: number;
  binarySize?: number;
  rounds?: number;
  timeBudget?: number;
  interleave?: GateSettings['interleave'];
  onInconclusive?: GateSettings['onInconclusive'];
  report?: Report[];
  out?: string;
  json?: boolean;
}

/** A form of the result, and the file that it goes to. */
interface Report {
  name: keyof typeof gateReporters;
  file: string;
}

/** Adds the flags of `gate`, with their defaults in the help. */
export function addGateFlags(command: Command): Command {
  const d = defaultGatePolicy;
  return command
    .optionsGroup('What is compared:')
    .option('--base <ref>', 'a branch, tag or commit; against the working tree as it is')
    .option('--base-dir <dir>', "or: sources in place of the target's directory, with --head-dir")
    .option('--head-dir <dir>', 'the other of the two')
    .option('--base-artifact <file>', 'or: an executable, with --head-artifact')
    .option('--head-artifact <file>', 'the other of the two')
    .option('--replay <file>', 'or: the rounds of a saved gate, without measuring')
    .option('--force', 'measure even if both builds are the same to the byte')
    .option('--config <file>', 'config file (default: the nearest kvbench.config.*)')
    .option('--scenario <name>', 'settings that the config file has under that name')
    .optionsGroup('What fails:')
    .option('--metrics <list>', `that decide, of ${gateMetrics.join(', ')}`, listFlag)
    .option(
      '--allow <figure=share>',
      'as p50=5% or get.p99=10%: how much slower is allowed; repeatable',
      allowanceFlag,
    )
    .option('--rss-allowance <bytes>', 'memory must grow by more than that, too', sizeFlag)
    .option('--binary-size <share>', 'the artifact may grow by that (default: any)', fractionFlag)
    .addOption(
      new Option('--on-inconclusive <what>', 'exit code 0 or 4 when nothing is proven')
        .choices(['warn', 'fail'])
        .argParser((text) => text),
    )
    .optionsGroup('The load:')
    .option('--operations <list>', 'requests, or a mix as get:95,post:5', operationsFlag)
    .option('--rate <n>', 'requests/s to each build, or auto (default)', autoOrNumberFlag)
    .option('--connections <n>', 'connections to each build', wholeNumberFlag)
    .option('--keys <n>', 'distinct keys', wholeNumberFlag)
    .option('--value-size <bytes>', 'as 128, 4KiB, or 64-1KiB', sizeRangeFlag)
    .option('--distribution <name>', 'uniform, zipfian, hotspot or latest')
    .option('--hit-ratio <share>', 'reads that ask for a stored key', fractionFlag)
    .option('--timeout <time>', 'an answer later than this is an error', durationFlag)
    .option('--duration <time>', 'measured time of an operation in a round', durationFlag)
    .option('--warmup <time>', 'load before it, not recorded', durationFlag)
    .option('--rounds <n>', `at most (default: ${d.rounds}; looks at 12, 24, 48)`, wholeNumberFlag)
    .option('--time-budget <time>', `measured (default: ${formatMs(d.timeBudgetMs)})`, durationFlag)
    .addOption(
      new Option('--interleave <how>', 'how the builds share the time: request or slice').choices([
        'request',
        'slice',
      ]),
    )
    .option('--workers <n>', 'workers of each server (default: server CPUs)', wholeNumberFlag)
    .option('--seed <n>', 'repeat the keys, values and order of another gate', wholeNumberFlag)
    .optionsGroup('The output:')
    .option(
      '--report <form=file>',
      `also write ${Object.keys(gateReporters).join(', ')}; repeatable`,
      reportFlag,
    )
    .option('--json', 'print the result as JSON, and nothing else on stdout')
    .option('--out <file>', 'where to save the result, rounds and all');
}

/** The settings of the policy that the flags give. */
export function policySettings(flags: GateFlags): GateSettings {
  return {
    metrics: flags.metrics as GateSettings['metrics'],
    allowances: flags.allow,
    rssAllowanceBytes: flags.rssAllowance,
    binarySizeAllowance: flags.binarySize,
    rounds: flags.rounds,
    timeBudgetMs: flags.timeBudget,
    interleave: flags.interleave,
    onInconclusive: flags.onInconclusive,
  };
}

/** Where the builds come from; a usage error unless exactly one of the ways is given, and whole. */
export function sourceFrom(flags: GateFlags, cwd: string): GateSource {
  const { base, baseDir, headDir, baseArtifact, headArtifact } = flags;
  const ways = [
    base !== undefined,
    baseDir !== undefined || headDir !== undefined,
    baseArtifact !== undefined || headArtifact !== undefined,
  ];
  if (ways.filter(Boolean).length === 1) {
    if (base !== undefined) return { kind: 'ref', ref: base };
    if (baseDir !== undefined && headDir !== undefined) {
      return { kind: 'dirs', base: resolve(cwd, baseDir), head: resolve(cwd, headDir) };
    }
    if (baseArtifact !== undefined && headArtifact !== undefined) {
      const paths = { base: resolve(cwd, baseArtifact), head: resolve(cwd, headArtifact) };
      return { kind: 'artifacts', ...paths };
    }
  }
  throw new KvbenchError(
    'usage',
    ways.some(Boolean)
      ? 'What is to be compared is not clear.'
      : 'Nothing says what to compare with.',
    'Give --base REF; or --base-dir and --head-dir; or --base-artifact and --head-artifact.',
  );
}

function allowanceFlag(text: string, before: Record<string, number> = {}): Record<string, number> {
  const [name = '', share, ...more] = text.split('=');
  if (name === '' || share === undefined || more.length > 0) {
    throw new InvalidArgumentError('Give a figure and a share, as p50=5% or get.p99=0.1.');
  }
  return { ...before, [name]: fractionFlag(share) };
}

function reportFlag(text: string, before: readonly Report[] = []): Report[] {
  const at = text.indexOf('=');
  const [name, file] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 0 || file === '' || !Object.hasOwn(gateReporters, name)) {
    throw new InvalidArgumentError(
      `Give a form and a file, as junit=gate.xml; forms: ${Object.keys(gateReporters).join(', ')}.`,
    );
  }
  return [...before, { name: name as Report['name'], file }];
}
