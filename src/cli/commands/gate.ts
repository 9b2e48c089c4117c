import { resolve } from 'node:path';
import { Chalk } from 'chalk';
import type { Command } from 'commander';
import { gate } from '../../api/gate.js';
import { replayGate } from '../../api/gate-replay.js';
import { prepareGate } from '../../api/gate-request.js';
import { resultPath, userPaths } from '../../api/paths.js';
import { exitCode, KvbenchError } from '../../errors.js';
import { writeWhole } from '../../files.js';
import { gateExitCode } from '../../gate/judge.js';
import type { GateResult, GateVerdict } from '../../gate/schema.js';
import { gateFailureReporters } from '../../report/gate/failure.js';
import { gateReporters } from '../../report/gate/reporters.js';
import { checkWritable, saveResult, unwritable } from '../../result/store.js';
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
import type { CommandContext } from '../program.js';
import { StatusLine } from '../status.js';

/** `kvbench gate`: has this change made it slower? */
export function addGateCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('gate')
    .description('build a target before and after a change; fail if it has become slower')
    .argument('[target]', 'what is built twice (default: the one target of the config file)');
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
  const session: Session = { result: null, savedTo: null };
  for (const { file } of flags.report ?? []) {
    await checkWritable(resolve(io.cwd, file), reportFlag);
  }
  try {
    if (flags.replay === undefined) await measure(session, name, command, io, status);
    else await replay(session, flags.replay, command, io);
  } catch (error) {
    if (!session.result) await publishFailure(error, flags, io, status);
    throw flags.bisect ? forBisect(error) : error;
  } finally {
    if (session.result) await publish(session.result, flags, io, status);
    if (session.savedTo !== null) status.log(`saved to ${session.savedTo}`);
  }
  const { judgement, policy } = session.result as GateResult;
  const { verdict } = judgement;
  if (!verdict) return;
  setExitCode(flags.bisect ? bisectExitCode(verdict) : gateExitCode(verdict, policy));
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

const reportFlag = '--report FORM=FILE';

async function measure(
  session: Session,
  name: string | undefined,
  command: Command,
  io: Io,
  status: StatusLine,
): Promise<void> {
  const prepared = await prepareGate(gateRequest(name, command, io));
  const { out: given, force = false } = command.opts<GateFlags>();
  const out = given === undefined ? resultPath(io.env, 'gate', new Date()) : resolve(io.cwd, given);
  const drawing = drawEvents(status);
  try {
    await gate({
      ...prepared,
      ...{ out, force },
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

async function replay(session: Session, file: string, command: Command, io: Io): Promise<void> {
  checkReplayFlags(command);
  const flags = command.opts<GateFlags>();
  session.result = await replayGate(resolve(io.cwd, file), policySettings(flags));
  if (flags.out === undefined) return;
  const out = resolve(io.cwd, flags.out);
  await checkWritable(out);
  await saveResult(out, session.result);
  session.savedTo = out;
}

/** Prints the verdict, and writes it in every form that was asked for. */
async function publish(
  result: GateResult,
  flags: GateFlags,
  io: Io,
  status: StatusLine,
): Promise<void> {
  const plain = new Chalk({ level: 0 });
  const isJson = flags.json ?? false;
  const form = isJson ? 'json' : 'text';
  const plot = plotFor(io, flags);
  io.stdout.write(gateReporters[form](result, { ...mediumFor(io.stdout, io.env), plot }));
  for (const { name, file } of flags.report ?? []) {
    const path = resolve(io.cwd, file);
    await writeWhole(path, gateReporters[name](result, { chalk: plain, plot })).catch((error) => {
      throw unwritable(path, error, reportFlag);
    });
  }
  const texts = {
    // Where there is none, the error that it ended with says so.
    annotations: result.judgement.verdict ? gateReporters.github(result) : '',
    summary: gateReporters.markdown(result),
  };
  await tellGithub(texts, { io, status, isJson });
}
