import type { Command } from 'commander';
import { userPaths } from '../../api/paths.js';
import { execute } from '../../api/run.js';
import { openFilesFor } from '../../api/setup.js';
import { given } from '../../config/given.js';
import { loadRunConfig } from '../../config/load.js';
import { defaultConfig, type RunConfig } from '../../config/schema.js';
import {
  type Check,
  engineCheck,
  instrumentChecks,
  type MachineFacts,
  machineChecks,
} from '../../doctor/checks.js';
import { reportDoctor } from '../../doctor/text.js';
import { exitCode, KvbenchError, messageOf } from '../../errors.js';
import { measureClock } from '../../observe/clock.js';
import { allowedCpus, describeMachine, openFileLimit } from '../../observe/machine.js';
import { packagePath } from '../../package.js';
import { canPinProcesses } from '../../processes/pin.js';
import { reportJson } from '../../report/json.js';
import { placeOn } from '../../targets/placement.js';
import { bundledTargets } from '../../targets/targets.js';
import { toolchainVersion } from '../../targets/tool.js';
import type { CommandContext } from '../context.js';
import { drawEvents } from '../drawing.js';
import { chalkFor, type Io } from '../io.js';
import { StatusLine } from '../status.js';

interface DoctorFlags {
  json?: boolean;
  calibrate: boolean;
}

/** `kvbench doctor`: what figures from this machine are worth, and how to make them better. */
export function defineDoctor(command: Command, { io, setExitCode }: CommandContext): void {
  command
    .option(
      '--no-calibrate',
      'only look: do not measure floor, ceiling and precision (half a minute)',
    )
    .option('--json', 'print JSON')
    .action(async ({ json, calibrate }: DoctorFlags) => {
      const facts = await gatherFacts();
      const machine = machineChecks(facts);
      const present = facts.tools.filter(({ version }) => version !== null);
      const instrument =
        calibrate &&
        present.length > 0 &&
        machine.every(({ id, status }) => id !== 'open files' || status === 'ok')
          ? await calibration(
              present.map(({ target }) => target),
              io,
            )
          : [];
      const checks = [...machine, ...instrument];
      io.stdout.write(
        json ? reportJson({ ...facts, checks }) : reportDoctor(checks, chalkFor(io.stdout, io.env)),
      );
      if (checks.some(({ status }) => status === 'fail')) setExitCode(exitCode.target);
    });
}

async function gatherFacts(): Promise<MachineFacts> {
  const canPin = await canPinProcesses();
  const tools = await Promise.all(
    bundledTargets.map(async ({ recipe }) => {
      const about = { target: recipe.name, installHint: recipe.tool.installHint };
      try {
        const version = await toolchainVersion(recipe, packagePath(recipe.sourceDir));
        return { ...about, version, problem: null };
      } catch (error) {
        return { ...about, version: null, problem: messageOf(error) };
      }
    }),
  );
  return {
    machine: describeMachine(),
    tools,
    canPin,
    placement: placeOn(allowedCpus(), canPin, defaultConfig).placement,
    clock: await measureClock(),
    openFileLimit: openFileLimit(),
    openFilesNeeded: openFilesFor(defaultConfig.connections, defaultConfig.targets.length),
  };
}

/** A short run against null targets and against one server twice; a failure is a check of its own. */
async function calibration(targets: readonly string[], io: Io): Promise<Check[]> {
  const [twin = ''] = targets.toReversed();
  const { config } = loadRunConfig({
    quick: false,
    preset: null,
    flags: {
      targets: [twin, twin, ...targets.map((name) => `null-${name}`)],
      operations: ['get'],
      rounds: 8,
      durationMs: 300,
      warmupMs: 100,
      sliceMs: 75,
    } satisfies Partial<RunConfig>,
    env: given({ engine: io.env['KVBENCH_ENGINE'] }),
    randomSeed: () => 1,
  });
  const drawing = drawEvents(new StatusLine(io.stderr, io.env));
  try {
    const { summary, trials, placement, warnings } = await execute(config, {
      targets: bundledTargets,
      cacheDir: userPaths(io.env).cache,
      out: null,
      signal: io.signal,
      onEvent: drawing.onEvent,
      examine: false,
    });
    return [
      engineCheck(placement, warnings),
      ...instrumentChecks({
        summary,
        trials,
        twins: [twin, `${twin}#2`],
        defaultRounds: Number(defaultConfig.rounds),
      }),
    ];
  } catch (error) {
    io.signal.throwIfAborted();
    if (!(error instanceof KvbenchError)) throw error;
    return [{ id: 'instrument', status: 'fail', found: error.message, advice: error.hint }];
  } finally {
    drawing.stop();
  }
}
