import type { Command } from 'commander';
import { checkTargets, checkUrl } from '../../api/check.js';
import type { OnEvent } from '../../api/events.js';
import { userPaths } from '../../api/paths.js';
import type { Examination } from '../../contract/check.js';
import { exitCode, KvbenchError } from '../../errors.js';
import { reportExamination } from '../../report/examination.js';
import { reportJson } from '../../report/json.js';
import { fitted } from '../../report/tables.js';
import { addCatalogFlags, type CatalogFlags, findTargets } from '../catalog.js';
import type { CommandContext } from '../context.js';
import { drawEvents } from '../drawing.js';
import { listFlag } from '../flags.js';
import { mediumFor } from '../io.js';
import { StatusLine } from '../status.js';

interface CheckFlags extends CatalogFlags {
  targets?: string[];
  url?: string;
  verbose?: boolean;
  json?: boolean;
}

/** `kvbench check`: do servers answer what they must? */
export function defineCheck(command: Command, context: CommandContext): void {
  const { io, setExitCode } = context;
  command
    .argument('[target...]', 'targets to build and check (default: all)')
    .option('--targets <list>', 'the same, as run takes them', listFlag)
    .option('--url <url>', 'hold a server that runs already against the contract')
    .option('--verbose', 'list all that was asked, not only what differs')
    .option('--json', 'print JSON');
  addCatalogFlags(command).action(async (names: string[], flags: CheckFlags) => {
    const { verbose = false, json } = flags;
    const examinations = await check(names, flags, context);
    const differs = examinations.some(({ outcomes }) => outcomes.some(({ ok }) => !ok));
    if (json) {
      io.stdout.write(reportJson(examinations));
    } else {
      const { chalk, width } = mediumFor(io.stdout, io.env);
      const reports = examinations.map((one) => reportExamination(one, { chalk, verbose }));
      io.stdout.write(fitted(reports.join(verbose || differs ? '\n' : ''), width));
    }
    if (differs) setExitCode(exitCode.target);
  });
}

async function check(
  names: readonly string[],
  { url, targets: more = [], ...flags }: CheckFlags,
  context: CommandContext,
): Promise<Examination[]> {
  const { io } = context;
  if (url === undefined) {
    const targets = await findTargets([...names, ...more], flags, context);
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
