import { resolve } from 'node:path';
import type { Command } from 'commander';
import { resultPath } from '../../api/paths.js';
import { recordedRequests } from '../../api/recorded.js';
import { nameSchema } from '../../config/requests.js';
import { exitCode, KvbenchError } from '../../errors.js';
import { importK6 } from '../../k6/import.js';
import { readK6File } from '../../k6/read.js';
import { packageVersion } from '../../package.js';
import { reportJson } from '../../report/json.js';
import { known } from '../../report/kinds/kind.js';
import { runKind } from '../../report/kinds/run.js';
import { documentText } from '../../report/text.js';
import { checkWritable, saveResult } from '../../result/store.js';
import { errorsOf } from '../../stats/summary.js';
import { thresholdFailure } from '../../stats/thresholds.js';
import type { CommandContext } from '../context.js';
import { mediumFor } from '../io.js';
import { StatusLine } from '../status.js';

interface ImportFlags {
  target?: string;
  out?: string;
  json?: boolean;
}

/** `kvbench import`: what another generator measured, as a result for compare and report. */
export function defineImport(command: Command, { io, setExitCode }: CommandContext): void {
  command
    .argument('<tool>', 'k6')
    .argument('<file>', "k6's summary, or its JSON stream (.gz too)")
    .option('--target <name>', "of the server in the result (default: the script's)")
    .option('--json', 'print the result as JSON, and nothing else on stdout')
    .option('--out <file>', 'where to save the result (default: the state directory)')
    .action(async (tool: string, file: string, flags: ImportFlags) => {
      checkTool(tool);
      checkTarget(flags.target);
      const now = new Date();
      const out = flags.out ? resolve(io.cwd, flags.out) : resultPath(io.env, 'k6', now);
      await checkWritable(out);
      const outcome = await readK6File(resolve(io.cwd, file), io.signal);
      const imported = importK6(outcome, {
        target: flags.target ?? null,
        now,
        kvbenchVersion: packageVersion,
      });
      const targets = imported.targets.map((target) => ({
        ...target,
        requests: recordedRequests(target.requests, io.env),
      }));
      const result = { ...imported, targets };
      await saveResult(out, result);
      const medium = mediumFor(io.stdout, io.env);
      io.stdout.write(
        flags.json ? reportJson(result) : documentText(known(runKind, result), medium),
      );
      new StatusLine(io.stderr, io.env).log(`saved to ${out}`);
      // What k6 can't tell leaves many a threshold open; its own exit code was about the same ones.
      const broken = result.thresholds.filter(({ outcome }) => outcome === 'broken');
      const failure = thresholdFailure(broken);
      if (failure) throw failure;
      if (result.trials.some((trial) => errorsOf(trial) > 0)) setExitCode(exitCode.untrusted);
    });
}

function checkTarget(name: string | undefined): void {
  if (name === undefined || nameSchema.safeParse(name).success) return;
  throw new KvbenchError(
    'usage',
    `--target ${JSON.stringify(name)} is not the name of a target.`,
    'Use a-z, 0-9, - and _, with a letter first.',
  );
}

function checkTool(tool: string): void {
  if (tool === 'k6') return;
  throw new KvbenchError(
    'usage',
    `There is no tool named ${JSON.stringify(tool)}.`,
    'There is: k6.',
  );
}
