import { realpath } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { Command } from 'commander';
import { KvbenchError } from '../../errors.js';
import { plural } from '../../plural.js';
import { chartSvg } from '../../report/charts/svg.js';
import { reportHtml } from '../../report/html/page.js';
import { resultKinds } from '../../report/kinds/index.js';
import type { KnownDocument, ResultKind } from '../../report/kinds/kind.js';
import { reportMarkdown } from '../../report/markdown.js';
import { outlineOf } from '../../report/outline.js';
import { documentText } from '../../report/text.js';
import { readAnyDocument } from '../../result/read.js';
import { checkWritable, saveText } from '../../result/store.js';
import type { CommandContext } from '../context.js';
import { type Io, mediumFor, plotFor } from '../io.js';
import { StatusLine } from '../status.js';

interface ReportFlags {
  html?: string;
  /** True: to standard output. */
  markdown?: string | true;
  svg?: string;
  title?: string;
  plot?: boolean;
}

/** Where each form goes: absolute, `-` for standard output, null for nowhere. */
interface Outputs {
  html: string | null;
  markdown: string | null;
  svg: string | null;
}

/** `kvbench report`: saved results to look at; measures nothing. */
export function defineReport(command: Command, { io, kinds = resultKinds }: CommandContext): void {
  command
    .argument('<results...>', `what ${listed(kinds)} has saved, of any kind`)
    .option('--html <file>', 'a page of its own, with charts; - for standard output')
    .option('--markdown [file]', 'for a README or a pull request (default: standard output)')
    .option('--svg <dir>', 'a drawing for each chart; --markdown refers to them')
    .option('--title <text>', 'in place of the names of what was measured')
    .option('--no-plot', 'as text: print no plots after the tables')
    .addHelpText('after', examples)
    .action((paths: string[], flags: ReportFlags) => run(paths, flags, io, kinds));
}

const examples = `
Examples:
  kvbench report run.json                      as kvbench run prints it
  kvbench report run.json --html report.html
  kvbench report monday.json friday.json --html trend.html
  kvbench report gate.json --markdown gate.md --svg charts`;

/** Their commands: "`run`, `gate` or `sweep`". */
function listed(kinds: readonly ResultKind[]): string {
  const names = kinds.map(({ name }) => `\`${name}\``);
  return [names.slice(0, -1).join(', '), ...names.slice(-1)].join(' or ');
}

async function run(
  given: readonly string[],
  flags: ReportFlags,
  io: Io,
  kinds: readonly ResultKind[],
): Promise<void> {
  const paths = given.map((path) => resolve(io.cwd, path));
  const outputs = outputsOf(flags, io.cwd);
  await checkOutputs(outputs, paths);
  const documents: KnownDocument[] = [];
  for (const path of paths) documents.push(await readAnyDocument(path, kinds));
  const status = new StatusLine(io.stderr, io.env);
  const write = async (text: string, to: string, flag: string) => {
    if (to === '-') {
      io.stdout.write(text);
      return;
    }
    await saveText(to, text, { flag });
    status.log(`wrote ${to}`);
  };
  const { html, markdown, svg } = outputs;
  if (html !== null) await write(reportHtml(documents, flags.title), html, fileFlags.html);
  if (svg !== null) {
    const { charts } = outlineOf(documents, flags.title);
    for (const chart of charts) {
      const drawing = `${chartSvg(chart, { standalone: true })}\n`;
      await saveText(join(svg, `${chart.id}.svg`), drawing, { flag: fileFlags.svg });
    }
    status.log(`wrote ${plural(charts.length, 'chart')} to ${svg}`);
  }
  if (markdown !== null) {
    const from = markdown === '-' ? io.cwd : dirname(markdown);
    const imageOf =
      svg === null
        ? undefined
        : ({ id }: { id: string }) => linkTo(relative(from, join(svg, `${id}.svg`)));
    await write(
      reportMarkdown(documents, { title: flags.title, imageOf }),
      markdown,
      fileFlags.markdown,
    );
  }
  if (html === null && markdown === null && svg === null) {
    const options = { ...mediumFor(io.stdout, io.env), plot: plotFor(io, flags) };
    io.stdout.write(documents.map((document) => documentText(document, options)).join('\n'));
  }
}

const fileFlags = { html: '--html FILE', markdown: '--markdown FILE', svg: '--svg DIR' };

function outputsOf({ html, markdown, svg }: ReportFlags, cwd: string): Outputs {
  const file = (name: string | true | undefined) => {
    if (name === undefined) return null;
    return name === true || name === '-' ? '-' : resolve(cwd, name);
  };
  return {
    html: file(html),
    markdown: file(markdown),
    svg: svg === undefined ? null : resolve(cwd, svg),
  };
}

/** Fails before anything is read or written: on outputs in each other's way, or over a result. */
async function checkOutputs({ html, markdown, svg }: Outputs, inputs: readonly string[]) {
  if (html !== null && html === markdown) {
    throw new KvbenchError(
      'usage',
      `--html and --markdown both write to ${html === '-' ? 'standard output' : html}.`,
      'Give each a file of its own.',
    );
  }
  const files = Object.entries({ html, markdown }).filter(
    ([, path]) => path !== null && path !== '-',
  );
  const taken = await Promise.all(inputs.map(realOf));
  for (const [name, path] of files as ['html' | 'markdown', string][]) {
    if (taken.includes(await realOf(path)) || path.endsWith('.json')) {
      throw new KvbenchError(
        'usage',
        `--${name} would write over ${path}, which is or looks like a result.`,
        name === 'html'
          ? 'Name a file as report.html.'
          : 'Name a file as report.md; results come first.',
      );
    }
    await checkWritable(path, fileFlags[name]);
  }
  if (svg !== null) await checkWritable(join(svg, 'chart.svg'), fileFlags.svg);
}

/** The path without links, where there is something. */
function realOf(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}

/** A relative path as a link in Markdown. */
function linkTo(path: string): string {
  return path.split(sep).map(encodeURIComponent).join('/').replace(/[()]/g, encodeParenthesis);
}

function encodeParenthesis(char: string): string {
  return `%${char.charCodeAt(0).toString(16)}`;
}
