import type { Command } from 'commander';
import { checkTargets, checkUrl } from '../../api/check.js';
import type { OnEvent } from '../../api/events.js';
import type { Examination } from '../../contract/check.js';
import { exitCode, KvbenchError } from '../../errors.js';
import { reportExamination } from '../../report/examination.js';
import { reportJson } from '../../report/json.js';
import { bundledTargets, findTarget } from '../../targets/targets.js';
import { drawEvents } from '../drawing.js';
import { chalkFor, type Io } from '../io.js';
import { userPaths } from '../paths.js';
import type { CommandContext } from '../program.js';
import { StatusLine } from '../status.js';

interface CheckFlags {
  url?: string;
  verbose?: boolean;
  json?: boolean;
}

/** `kvbench check`: do servers answer what they must? */
export function addCheckCommand(program: Command, { io, setExitCode }: CommandContext): void {
  program
    .command('check')
    .description('prove that servers keep the HTTP contract, byte for byte')
    .argument('[target...]', 'targets to build and check (default: all)')
    .option('--url <url>', 'check a server that already runs, as http://127.0.0.1:8080')
    .option('--verbose', 'list every vector, not only those that differ')
    .option('--json', 'print JSON')
    .action(async (names: string[], { url, verbose = false, json }: CheckFlags) => {
      const examinations = await check(names, url, io);
      if (json) {
        io.stdout.write(reportJson(examinations));
      } else {
        const chalk = chalkFor(io.stdout, io.env);
        const reports = examinations.map((one) => reportExamination(one, { chalk, verbose }));
        io.stdout.write(reports.join('\n'));
      }
      const differs = examinations.some(({ outcomes }) => outcomes.some(({ ok }) => !ok));
      if (differs) setExitCode(exitCode.target);
    });
}

async function check(
  names: readonly string[],
  url: string | undefined,
  io: Io,
): Promise<Examination[]> {
  if (url === undefined) {
    const targets = names.length > 0 ? [...new Set(names)].map((name) => findTarget(name)) : bundledTargets;
    const drawing = drawEvents(new StatusLine(io.stderr, io.env));
    const { cache: cacheDir } = userPaths(io.env);
    try {
      // What came of it is the output itself.
      const onEvent: OnEvent = (event) => event.type !== 'check-end' && drawing.onEvent(event);
      return await checkTargets(targets, { cacheDir, signal: io.signal, onEvent });
    } finally {
      drawing.stop();
    }
  }
  if (names.length > 0) {
    throw new KvbenchError(
      'usage',
      '--url checks a running server, and targets are built and started.',
      'Give one of the two.',
    );
  }
  return [await checkUrl(url, io.signal)];
}
