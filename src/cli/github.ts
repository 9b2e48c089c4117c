import { appendFile } from 'node:fs/promises';
import { messageOf } from '../errors.js';
import { printable } from '../report/format.js';
import type { Io } from './io.js';
import type { StatusLine } from './status.js';

/** Whether a job of GitHub Actions reads what is printed. */
export function onGithub(env: Io['env']): boolean {
  return env['GITHUB_ACTIONS'] === 'true';
}

/**
 * Tells a job of GitHub Actions: annotations by its log, and Markdown for its summary. No token is
 * needed, so that it works for forks. A summary that can't be written changes no verdict.
 */
export async function tellGithub(
  texts: { annotations: string; summary: string },
  { io, status, isJson }: { io: Io; status: StatusLine; isJson: boolean },
): Promise<void> {
  if (!onGithub(io.env)) return;
  // With --json standard output is the document's; the runner reads the other one as well.
  (isJson ? io.stderr : io.stdout).write(texts.annotations);
  const path = io.env['GITHUB_STEP_SUMMARY'];
  if (!path) return;
  try {
    await appendFile(path, `${texts.summary}\n`);
  } catch (error) {
    status.log(`the job's summary can't be written: ${printable(messageOf(error))}`);
  }
}
