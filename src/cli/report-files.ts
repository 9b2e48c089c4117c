import { resolve } from 'node:path';
import { writeWhole } from '../files.js';
import { checkWritable, unwritable } from '../result/store.js';
import type { ReportFile } from './flags.js';
import type { Io } from './io.js';

const reportFlag = '--report FORM=FILE';

/** Throws a usage error for a report that can't be written, before there is anything to report. */
export async function checkReports(
  reports: readonly ReportFile[] | undefined,
  { cwd }: Io,
): Promise<void> {
  for (const { file } of reports ?? []) await checkWritable(resolve(cwd, file), reportFlag);
}

/** Writes each report that was asked for, whole or not at all. */
export async function writeReports<Form extends string>(
  reports: readonly ReportFile<Form>[] | undefined,
  { cwd }: Io,
  textOf: (form: Form) => string,
): Promise<void> {
  for (const { name, file } of reports ?? []) {
    const path = resolve(cwd, file);
    await writeWhole(path, textOf(name)).catch((error) => {
      throw unwritable(path, error, reportFlag);
    });
  }
}
