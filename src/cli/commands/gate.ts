import { appendFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Chalk } from 'chalk';
import type { Command } from 'commander';
import { gate } from '../../api/gate.js';
import type { GateSubject } from '../../api/gate-arms.js';
import { resultPath, userPaths } from '../../api/paths.js';
import { projectFor } from '../../api/prepare.js';
import type { RunConfig } from '../../config/schema.js';
import { targetSpecs } from '../../config/targets.js';
import { KvbenchError, messageOf } from '../../errors.js';
import { gateExitCode, replay } from '../../gate/judge.js';
import { type GateSettings, toGatePolicy } from '../../gate/policy.js';
import { type GateResult, gateResultSchema, gateSchemaVersion } from '../../gate/schema.js';
import { gateReporters } from '../../report/gate/reporters.js';
import { readDocument } from '../../result/read.js';
import type { BundledTarget } from '../../targets/bundled.js';
import { bundledTargets, findTarget } from '../../targets/targets.js';
import { drawEvents } from '../drawing.js';
import { addGateFlags, type GateFlags, policySettings, sourceFrom } from '../gate-flags.js';
import { chalkFor, type Io } from '../io.js';
import type { CommandContext } from '../program.js';
import { loadRun } from '../run-flags.js';
import { StatusLine } from '../status.js';

/** `kvbench gate`: has this change made it slower? */
export function addGateCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('gate')
    .description('build a target before and after a change; fail if it has become slower')
    .argument('[target]', 'what is built twice (default: the one target of the config file)');
  addGateFlags(command).action((name: string | undefined) => run(name, command, context));
}

async function run(
  name: string | undefined,
  command: Command,
  { io, setExitCode }: CommandContext,
): Promise<void> {
  const flags = command.opts<GateFlags>();
  const status = new StatusLine(io.stderr, io.env);
  let result: GateResult | null = null;
  let out: string | null = null;
  try {
    result =
      flags.replay === undefined
        ? await measure(name, command, flags, io, status, (soFar, savedTo) => {
            result = soFar;
            out = savedTo;
          })
        : await replayed(resolve(io.cwd, flags.replay), flags);
  } finally {
    if (result) await publish(result, flags, io);
    if (out !== null) status.log(`saved to ${out}`);
  }
  const { verdict } = result.judgement;
  if (verdict) setExitCode(gateExitCode(verdict, result.policy));
}

async function measure(
  given: string | undefined,
  command: Command,
  flags: GateFlags,
  io: Io,
  status: StatusLine,
  onResult: (result: GateResult, savedTo: string) => void,
): Promise<GateResult> {
  const source = sourceFrom(flags, io.cwd);
  const name = given ?? (await onlyTarget(command, io));
  const { config, sources, project, specs, targets } = await loadRun(command, io, {
    targets: [name],
  });
  const { operations } = config;
  const policy = toGatePolicy({
    ...overlaid(project.file.gate ?? {}, policySettings(flags)),
    operations,
  });
  const spec = specs.get(name);
  const bundled = bundledTargets.find((target) => target.name === name);
  // Whatever is in neither is refused by name.
  if (!spec && !bundled) findTarget(name, targets);
  const subject: GateSubject = spec
    ? { kind: 'own', spec }
    : { kind: 'bundled', target: bundled as BundledTarget };
  const out =
    flags.out === undefined ? resultPath(io.env, 'gate', new Date()) : resolve(io.cwd, flags.out);
  const drawing = drawEvents(status);
  try {
    return await gate({
      ...{ subject, source, policy, out },
      config: sources.durationMs === 'default' ? withRoundOf(2000, config) : config,
      force: flags.force ?? false,
      cacheDir: userPaths(io.env).cache,
      signal: io.signal,
      onEvent: (event) => {
        if (event.type === 'gate-result') onResult(event.result, out);
        drawing.onEvent(event);
      },
    });
  } finally {
    drawing.stop();
  }
}

/** The rounds of a saved gate, judged anew; flags of the policy take the place of its own. */
async function replayed(path: string, flags: GateFlags): Promise<GateResult> {
  const saved = await readDocument(path, {
    schema: gateResultSchema,
    versionKey: 'gateSchemaVersion',
    version: gateSchemaVersion,
    savedBy: 'kvbench gate',
  });
  const policy = toGatePolicy(overlaid(saved.policy, policySettings(flags)));
  return { ...saved, policy, judgement: replay({ ...saved, policy }) };
}

/** Settings over settings, allowances one by one. */
function overlaid(below: GateSettings, above: GateSettings): GateSettings {
  const given = Object.entries(above).filter(([, value]) => value !== undefined);
  const allowances = { ...below.allowances, ...above.allowances };
  return { ...below, ...Object.fromEntries(given), allowances };
}

/** A round of so many ms in all, if nobody has said how long it is. */
function withRoundOf(measuredMs: number, config: RunConfig): RunConfig {
  return { ...config, durationMs: Math.round(measuredMs / config.operations.length) };
}

async function onlyTarget(command: Command, io: Io): Promise<string> {
  const { config } = command.opts<{ config?: string }>();
  const specs = targetSpecs(await projectFor(config, io.cwd));
  const [only, ...more] = specs.keys();
  if (only !== undefined && more.length === 0) return only;
  throw new KvbenchError(
    'usage',
    'Nothing says which target is to be gated.',
    `Name one: ${[...(specs.size > 0 ? specs.keys() : bundledTargets.map(({ name }) => name))].join(', ')}.`,
  );
}

/** Prints the verdict, and writes it in every form that was asked for. */
async function publish(result: GateResult, flags: GateFlags, io: Io): Promise<void> {
  const plain = new Chalk({ level: 0 });
  const form = flags.json ? 'json' : 'text';
  io.stdout.write(gateReporters[form](result, { chalk: chalkFor(io.stdout, io.env) }));
  for (const { name, file } of flags.report ?? []) {
    await write(resolve(io.cwd, file), gateReporters[name](result, { chalk: plain }), writeFile);
  }
  if (io.env['GITHUB_ACTIONS'] !== 'true') return;
  // With --json standard output is the document's; the runner reads the other one as well.
  const annotations = flags.json ? io.stderr : io.stdout;
  annotations.write(gateReporters.github(result));
  const summary = io.env['GITHUB_STEP_SUMMARY'];
  if (summary) await write(summary, gateReporters.markdown(result), appendFile);
}

async function write(
  path: string,
  text: string,
  how: typeof writeFile | typeof appendFile,
): Promise<void> {
  try {
    await how(path, text);
  } catch (error) {
    throw new KvbenchError(
      'usage',
      `The report can't be written to ${path}: ${messageOf(error)}.`,
      'Name a writable file with --report FORM=FILE.',
      { cause: error },
    );
  }
}
