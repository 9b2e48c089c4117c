import { join, parse, resolve } from 'node:path';
import { Chalk } from 'chalk';
import type { KvbenchEvent, OnEvent } from '../api/events.js';
import { resultPath, userPaths } from '../api/paths.js';
import { reportJson } from '../report/json.js';
import type { TextOptions } from '../report/text-options.js';
import type { CommandContext } from './context.js';
import { drawEvents } from './drawing.js';
import type { ReportFile } from './flags.js';
import { tellGithub } from './github.js';
import { type Io, mediumFor, plotFor } from './io.js';
import { checkReports, writeReports } from './report-files.js';
import { StatusLine } from './status.js';

/** What flags say of the output; a command may lack some. */
interface OutputFlags<Form extends string> {
  json?: boolean;
  out?: string;
  plot?: boolean;
  report?: ReportFile<Form>[];
}

/** One result, or one for each target of a command that takes them one by one. */
type Results<R> = readonly [R, ...R[]];

/** How a command tells of what it measures. */
export interface Telling<R, Form extends string = never> {
  /** The kind of its results: a file that nobody names has it in its name. */
  kind: string;
  /** As standard output has it, unless that is to be JSON. */
  text(results: Results<R>, options: TextOptions): string;
  /** As a file of `--report` has it. */
  report?(form: Form, results: Results<R>, options: TextOptions): string;
  /** What a job of GitHub Actions is told. */
  github?(results: Results<R>): { annotations: string; summary: string };
  /** The exit code of a measurement that came to its end; may throw what it ends with. */
  conclude?(results: Results<R>): number;
}

/** How one measurement is called. */
interface Call {
  out: string;
  cacheDir: string;
  signal: AbortSignal;
  onEvent: OnEvent;
}

/** What a command measures with. */
export interface Desk<R> {
  status: StatusLine;
  /** Whether there is a result to tell of, whole or not. */
  hasResult(): boolean;
  /** Draws what happens, and keeps the last result that it is told; of one target of several with its name. */
  measure(call: (call: Call) => Promise<R>, target?: string): Promise<void>;
  /** Keeps a result that nothing was measured for. */
  keep(result: R, savedTo: string | null): void;
}

/**
 * What a command that measures does from its checked flags to its exit code. However the work ends, each
 * result that it has come to is printed, written as reports and told to GitHub, with where it is saved.
 */
export async function measureCommand<R extends object, Form extends string = never>(
  { io, setExitCode }: CommandContext,
  flags: OutputFlags<Form>,
  telling: Telling<R, Form>,
  work: (desk: Desk<R>) => Promise<void>,
): Promise<void> {
  await checkReports(flags.report, io);
  const status = new StatusLine(io.stderr, io.env);
  const kept: Kept<R>[] = [];
  const desk: Desk<R> = {
    status,
    hasResult: () => kept.length > 0,
    keep: (result, savedTo) => void kept.push({ result, savedTo }),
    measure: async (call, target) => {
      const out = outFor(flags.out, telling.kind, io, target);
      const cacheDir = userPaths(io.env).cache;
      const drawing = drawEvents(status);
      const told: { last?: R } = {};
      const onEvent = (event: KvbenchEvent) => {
        drawing.onEvent(event);
        // A call tells of results of its own kind alone.
        if ('result' in event) told.last = event.result as R;
      };
      try {
        await call({ out, cacheDir, signal: io.signal, onEvent });
      } finally {
        drawing.stop();
        if (told.last) {
          desk.keep(told.last, out);
          if (status.live) status.log('');
        }
      }
    },
  };
  try {
    await work(desk);
  } finally {
    await tell(kept, flags, telling, io, status);
  }
  const [first, ...more] = kept.map(({ result }) => result);
  if (first && telling.conclude) setExitCode(telling.conclude([first, ...more]));
}

/** A result, and the file that it is in; null: none. */
interface Kept<R> {
  result: R;
  savedTo: string | null;
}

async function tell<R extends object, Form extends string>(
  kept: readonly Kept<R>[],
  flags: OutputFlags<Form>,
  { text, report, github }: Telling<R, Form>,
  io: Io,
  status: StatusLine,
): Promise<void> {
  const [first, ...more] = kept.map(({ result }) => result);
  if (!first) return;
  const results: Results<R> = [first, ...more];
  const isJson = flags.json ?? false;
  const plot = plotFor(io, flags);
  io.stdout.write(
    isJson
      ? reportJson(more.length === 0 ? first : results)
      : text(results, { ...mediumFor(io.stdout, io.env), plot }),
  );
  if (report) {
    const options = { chalk: new Chalk({ level: 0 }), plot };
    await writeReports(flags.report, io, (form) => report(form, results, options));
  }
  if (github) await tellGithub(github(results), { io, status, isJson });
  for (const { savedTo } of kept) if (savedTo !== null) status.log(`saved to ${savedTo}`);
}

/** The file that was named, else one of its own where results are kept: `gate.api.json` of `gate.json` for one of several. */
function outFor(
  named: string | undefined,
  kind: string,
  io: Pick<Io, 'cwd' | 'env'>,
  target: string | undefined,
): string {
  const path = named ? resolve(io.cwd, named) : resultPath(io.env, kind, new Date());
  if (target === undefined) return path;
  const { dir, name, ext } = parse(path);
  return join(dir, `${name}.${target}${ext}`);
}
