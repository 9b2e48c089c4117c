import { resolve } from 'node:path';
import type { Command } from 'commander';
import { KvbenchError } from '../../errors.js';
import { resultKinds } from '../../report/kinds/index.js';
import type { Exports } from '../../report/kinds/kind.js';
import { readAnyDocument } from '../../result/read.js';
import type { CommandContext } from '../context.js';
import { type ExportTarget, writeExport } from '../export-file.js';
import type { Io } from '../io.js';
import { addExportK6Command } from './export-k6.js';

/** `kvbench export`: a load or a saved result in the forms that other tools read. */
export function defineExport(group: Command, context: CommandContext): void {
  group
    .showHelpAfterError('Run `kvbench export --help` for what there is.')
    .addHelpText('after', examples);
  addExportK6Command(group, context);
  addForm(group, context, 'hlog', 'its histograms, as a log of HdrHistogram');
  addForm(group, context, 'openmetrics', 'its figures, for Prometheus and the like');
  addForm(group, context, 'csv', 'a row for each trial, or step of a sweep').option(
    '--series',
    'a row for each interval and target instead',
  );
}

const examples = `
Examples:
  kvbench export k6 --rate 5000             a load, on many machines
  kvbench export hlog run.json --out run.hlog
  kvbench export csv run.json --series > series.csv
  kvbench export openmetrics run.json --out kvbench.prom --force

docs/formats.md says what each holds, and how other tools read it.`;

interface FormFlags extends ExportTarget {
  series?: boolean;
}

/** A command that writes a saved result in one form. */
function addForm(
  group: Command,
  { io, kinds = resultKinds }: CommandContext,
  name: Exclude<keyof Exports<unknown>, 'series'>,
  description: string,
): Command {
  return group
    .command(name)
    .description(`write ${description}`)
    .argument('<RESULT.json>', 'what `kvbench run` or `kvbench sweep` has saved')
    .option('--out <file>', 'write to a file that is not there yet (default: standard output)')
    .option('--force', 'write over the file if it is there')
    .action(async (file: string, flags: FormFlags) => {
      const path = resolve(io.cwd, file);
      checkOut(path, flags, io);
      const { kind, result } = await readAnyDocument(path, kinds);
      await writeExport(kind.exports[flags.series ? 'series' : name](result), flags, io);
    });
}

/** Results come first: none is lost to what is made of it. */
function checkOut(path: string, { out }: ExportTarget, io: Io): void {
  if (out === undefined || resolve(io.cwd, out) !== path) return;
  throw new KvbenchError(
    'usage',
    `--out would write over the result ${path}.`,
    'Name another file.',
  );
}
