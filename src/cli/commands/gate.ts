import { join, parse, resolve } from 'node:path';
import { Chalk } from 'chalk';
import type { Command } from 'commander';
import { gate } from '../../api/gate.js';
import { replayGate } from '../../api/gate-replay.js';
import { gatedTargets, prepareGate } from '../../api/gate-request.js';
import { resultPath, userPaths } from '../../api/paths.js';
import { exitCode, KvbenchError } from '../../errors.js';
import { writeWhole } from '../../files.js';
import { gateExitCode } from '../../gate/judge.js';
import type { GateResult, GateVerdict } from '../../gate/schema.js';
import { printable } from '../../report/format.js';
import { gateFailureReporters } from '../../report/gate/failure.js';
import { gateReporters, reportGates } from '../../report/gate/reporters.js';
import { checkWritable, saveResult } from '../../result/store.js';
import type { CommandContext } from '../context.js';
import { drawEvents } from '../drawing.js';
import {
  addGateFlags,
  checkReplayFlags,
  type GateFlags,
  gateRequest,
  policySettings,
} from '../gate-flags.js';
import { tellGithub } from '../github.js';
import { type Io, mediumFor, plotFor } from '../io.js';
import { checkReports, writeReports } from '../report-files.js';
import { StatusLine } from '../status.js';

/** `kvbench gate`: has this change made it slower? */
export function addGateCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('gate')
    .description('build a target before and after a change; fail if it has become slower')
    .argument('[target]', 'what is built twice (default: every one of the config file)');
  addGateFlags(command).action((name: string | undefined) => run(name, command, context));
}

/** What there is to tell of a session, and where it is saved. */
interface Session {
  result: GateResult | null;
  savedTo: string | null;
}

async function run(
  name: string | undefined,
  command: Command,
  { io, setExitCode }: CommandContext,
): Promise<void> {
  const flags = command.opts<GateFlags>();
  const status = new StatusLine(io.stderr, io.env);
  const sessions: Session[] = [];
  await checkReports(flags.report, io);
  let failure: KvbenchError | null = null;
  try {
    if (flags.replay !== undefined) sessions.push(await replay(flags.replay, command, io));
    else failure = await measureAll(sessions, name, command, io, status);
  } catch (error) {
    if (toldOf(sessions).length === 0) await publishFailure(error, flags, io, status);
    throw flags.bisect ? forBisect(error) : error;
  } finally {
    const results = toldOf(sessions);
    if (results.length > 0) await publish(results, flags, io, status);
    for (const { savedTo } of sessions) if (savedTo !== null) status.log(`saved to ${savedTo}`);
  }
  if (failure) throw flags.bisect ? forBisect(failure) : failure;
  const codes = toldOf(sessions).flatMap(({ judgement: { verdict }, policy }) =>
    verdict ? [flags.bisect ? bisectExitCode(verdict) : gateExitCode(verdict, policy)] : [],
  );
  // A regression is red whatever else was found; what can't be trusted is, where nothing is red.
  setExitCode(codes.includes(exitCode.regression) ? exitCode.regression : Math.max(0, ...codes));
}

function toldOf(sessions: readonly Session[]): GateResult[] {
  return sessions.flatMap(({ result }) => (result ? [result] : []));
}

/**
 * Gates every target that is asked for, one after the other. One that does not build or answer keeps none
 * of the others from being gated: its error is given back, and told as all are.
 */
async function measureAll(
  sessions: Session[],
  name: string | undefined,
  command: Command,
  io: Io,
  status: StatusLine,
): Promise<KvbenchError | null> {
  const startMs = performance.now();
  const request = gateRequest(name, command, io);
  const names = await gatedTargets(request);
  const { maxWaitMs: most } = request;
  // Of all targets together.
  const leftMs = () =>
    most === undefined ? null : Math.max(0, most - (performance.now() - startMs));
  let failure: KvbenchError | null = null;
  for (const target of names) {
    const session: Session = { result: null, savedTo: null };
    sessions.push(session);
    const isOne = names.length === 1;
    if (!isOne) status.log(`gating ${target}`);
    try {
      await measure(session, target, command, { io, status, isOne, maxWaitMs: leftMs() });
    } catch (error) {
      if (isOne || !(error instanceof KvbenchError) || error.kind !== 'target') throw error;
      if (failure) status.log(`error: ${printable(failure.message)}`);
      failure = error;
    }
  }
  return failure;
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

async function measure(
  session: Session,
  name: string,
  command: Command,
  {
    io,
    status,
    isOne,
    maxWaitMs,
  }: { io: Io; status: StatusLine; isOne: boolean; maxWaitMs: number | null },
): Promise<void> {
  const prepared = await prepareGate(gateRequest(name, command, io));
  const { out: given, force = false } = command.opts<GateFlags>();
  const path =
    given === undefined ? resultPath(io.env, 'gate', new Date()) : resolve(io.cwd, given);
  const out = isOne ? path : pathOf(path, name);
  const drawing = drawEvents(status);
  try {
    await gate({
      ...prepared,
      ...{ out, force, maxWaitMs },
      cacheDir: userPaths(io.env).cache,
      signal: io.signal,
      onEvent: (event) => {
        drawing.onEvent(event);
        if (event.type !== 'gate-result') return;
        session.result = event.result;
        session.savedTo = out;
      },
    });
  } finally {
    drawing.stop();
  }
}

/** `gate.api.json` of `gate.json`: a file a target. */
function pathOf(path: string, target: string): string {
  const { dir, name, ext } = parse(path);
  return join(dir, `${name}.${target}${ext}`);
}

async function replay(file: string, command: Command, io: Io): Promise<Session> {
  checkReplayFlags(command);
  const flags = command.opts<GateFlags>();
  const result = await replayGate(resolve(io.cwd, file), policySettings(flags));
  if (flags.out === undefined) return { result, savedTo: null };
  const out = resolve(io.cwd, flags.out);
  await checkWritable(out);
  await saveResult(out, result);
  return { result, savedTo: out };
}

/** Prints the verdicts, and writes them in every form that was asked for. */
async function publish(
  results: readonly GateResult[],
  flags: GateFlags,
  io: Io,
  status: StatusLine,
): Promise<void> {
  const plain = new Chalk({ level: 0 });
  const isJson = flags.json ?? false;
  const form = isJson ? 'json' : 'text';
  const plot = plotFor(io, flags);
  io.stdout.write(reportGates(form, results, { ...mediumFor(io.stdout, io.env), plot }));
  await writeReports(flags.report, io, (name) =>
    reportGates(name, results, { chalk: plain, plot }),
  );
  const texts = {
    // Where there is none, the error that it ended with says so.
    annotations: results
      .filter(({ judgement }) => judgement.verdict)
      .map((result) => gateReporters.github(result))
      .join(''),
    summary: reportGates('markdown', results, { chalk: plain }),
  };
  await tellGithub(texts, { io, status, isJson });
}
