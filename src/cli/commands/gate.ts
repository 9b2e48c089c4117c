import { resolve } from 'node:path';
import { Chalk } from 'chalk';
import type { Command } from 'commander';
import { replayGate } from '../../api/gate-replay.js';
import { exitCode, KvbenchError } from '../../errors.js';
import { writeWhole } from '../../files.js';
import { gateExitCode } from '../../gate/judge.js';
import type { GateResult, GateVerdict } from '../../gate/schema.js';
import { printable } from '../../report/format.js';
import { gateFailureReporters } from '../../report/gate/failure.js';
import { type GateForm, gateReporters, reportGates } from '../../report/gate/reporters.js';
import { checkWritable, saveResult } from '../../result/store.js';
import type { CommandContext } from '../context.js';
import {
  addGateFlags,
  checkReplayFlags,
  type GateFlags,
  gateRequest,
  policySettings,
} from '../gate-flags.js';
import { tellGithub } from '../github.js';
import type { Io } from '../io.js';
import { type Desk, measureCommand, type Telling } from '../measure-command.js';
import type { StatusLine } from '../status.js';

/** `kvbench gate`: has this change made it slower? */
export function defineGate(command: Command, context: CommandContext): void {
  command.argument('[target]', 'what is built twice (default: every one of the config file)');
  addGateFlags(command).action((name: string | undefined) => run(name, command, context));
}

async function run(
  name: string | undefined,
  command: Command,
  context: CommandContext,
): Promise<void> {
  const flags = command.opts<GateFlags>();
  const { io } = context;
  const telling: Telling<GateResult, GateForm> = {
    kind: 'gate',
    text: (results, options) => reportGates('text', results, options),
    report: reportGates,
    github: githubTexts,
    conclude: (results) => conclude(results, flags),
  };
  try {
    await measureCommand(context, flags, telling, async (desk) => {
      try {
        if (flags.replay !== undefined) await replay(flags.replay, command, desk, io);
        else await measureAll(name, command, desk, context);
      } catch (error) {
        if (!desk.hasResult()) await publishFailure(error, flags, io, desk.status);
        throw error;
      }
    });
  } catch (error) {
    throw flags.bisect ? forBisect(error) : error;
  }
}

/**
 * Gates every target that is asked for, one after the other. One that does not build or answer keeps none
 * of the others from being gated: its error is thrown after them, and told as all are.
 */
async function measureAll(
  name: string | undefined,
  command: Command,
  { status, measure }: Desk<GateResult>,
  context: CommandContext,
): Promise<void> {
  const startMs = performance.now();
  const request = gateRequest(name, command, context);
  const { gatedTargets, prepareGate } = await import('../../api/gate-request.js');
  const { gate } = await import('../../api/gate.js');
  const names = await gatedTargets(request);
  const isOne = names.length === 1;
  const { force = false } = command.opts<GateFlags>();
  const { maxWaitMs: most } = request;
  // Of all targets together.
  const leftMs = () =>
    most === undefined ? null : Math.max(0, most - (performance.now() - startMs));
  let failure: KvbenchError | null = null;
  for (const target of names) {
    if (!isOne) status.log(`gating ${target}`);
    try {
      const prepared = await prepareGate(gateRequest(target, command, context));
      await measure(
        (call) => gate({ ...prepared, ...call, force, maxWaitMs: leftMs() }),
        isOne ? undefined : target,
      );
    } catch (error) {
      if (isOne || !(error instanceof KvbenchError) || error.kind !== 'target') throw error;
      if (failure) status.log(`error: ${printable(failure.message)}`);
      failure = error;
    }
  }
  if (failure) throw failure;
}

async function replay(
  file: string,
  command: Command,
  { keep }: Desk<GateResult>,
  io: Io,
): Promise<void> {
  checkReplayFlags(command);
  const flags = command.opts<GateFlags>();
  const result = await replayGate(resolve(io.cwd, file), policySettings(flags));
  if (flags.out === undefined) return keep(result, null);
  const out = resolve(io.cwd, flags.out);
  await checkWritable(out);
  await saveResult(out, result);
  keep(result, out);
}

const plain = new Chalk({ level: 0 });

function githubTexts(results: readonly GateResult[]) {
  return {
    // Where there is none, the error that it ended with says so.
    annotations: results
      .filter(({ judgement }) => judgement.verdict)
      .map((result) => gateReporters.github(result))
      .join(''),
    summary: reportGates('markdown', results, { chalk: plain }),
  };
}

/** A regression is red whatever else was found; what can't be trusted is, where nothing is red. */
function conclude(results: readonly GateResult[], { bisect }: GateFlags): number {
  const codes = results.flatMap(({ judgement: { verdict }, policy }) =>
    verdict ? [bisect ? bisectExitCode(verdict) : gateExitCode(verdict, policy)] : [],
  );
  return codes.includes(exitCode.regression) ? exitCode.regression : Math.max(0, ...codes);
}

/** What `git bisect run` is told: of a commit that can't be judged it tries one beside it. */
const bisectSkip = 125;
const bisectStop = 255;

function bisectExitCode({ outcome }: GateVerdict): number {
  if (outcome === 'pass') return exitCode.ok;
  return outcome === 'regression' ? exitCode.regression : bisectSkip;
}

/** A commit that does not build is skipped; a mistake of whoever asked must not be taken for a bad commit. */
function forBisect(error: unknown): unknown {
  if (!(error instanceof KvbenchError) || error.kind === 'interrupted') return error;
  const { kind, message, hint, output, cause } = error;
  const code = kind === 'usage' ? bisectStop : bisectSkip;
  return new KvbenchError(kind, message, hint, { output, cause, exitCode: code });
}

/** Says in the reports that are for people why there is nothing to report. */
async function publishFailure(
  error: unknown,
  { report = [] }: GateFlags,
  io: Io,
  status: StatusLine,
): Promise<void> {
  if (!(error instanceof KvbenchError) || error.kind === 'interrupted') return;
  for (const { name, file } of report) {
    const text = gateFailureReporters[name]?.(error);
    if (text !== undefined) await writeWhole(resolve(io.cwd, file), text);
  }
  // The error itself is marked where all are.
  const summary = gateFailureReporters['markdown']?.(error) ?? '';
  await tellGithub({ annotations: '', summary }, { io, status, isJson: true });
}
