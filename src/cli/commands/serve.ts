import { once } from 'node:events';
import { type Command, InvalidArgumentError } from 'commander';
import { startOnce } from '../../api/check.js';
import { maxWorkers } from '../../config/limits.js';
import { KvbenchError } from '../../errors.js';
import { plural } from '../../plural.js';
import { curlLine } from '../../report/curl.js';
import { printable } from '../../report/format.js';
import type { RunningServer, Target } from '../../targets/target.js';
import { findTarget } from '../../targets/targets.js';
import { buildWithStatus } from '../build.js';
import { addCatalogFlags, type CatalogFlags, loadCatalog } from '../catalog.js';
import type { CommandContext } from '../context.js';
import { drawEvents } from '../drawing.js';
import { wholeNumberFlag } from '../flags.js';
import { StatusLine } from '../status.js';

interface ServeFlags extends CatalogFlags {
  port: number;
  workers?: number;
}

/** `kvbench serve <target>`: one server to try by hand, until Ctrl-C. */
export function defineServe(command: Command, context: CommandContext): void {
  command
    .argument('<target>', 'target to serve')
    .option('--port <n>', 'port on 127.0.0.1; 0 takes a free one', portFlag, 0)
    .option('--workers <n>', 'actix workers or GOMAXPROCS (default: all CPUs)', wholeNumberFlag);
  addCatalogFlags(command).action((name: string, flags: ServeFlags) => serve(context, name, flags));
}

async function serve(context: CommandContext, name: string, flags: ServeFlags): Promise<void> {
  const { io } = context;
  const { port, workers } = flags;
  const all = await loadCatalog(flags, context);
  const target = findTarget(name, all);
  if (target.source === 'url') {
    throw new KvbenchError(
      'usage',
      `${name} runs already, at ${target.url}.`,
      `Try it there; \`kvbench check ${name}\` tells what it answers.`,
    );
  }
  if (workers !== undefined && (workers < 1 || workers > maxWorkers)) {
    throw new KvbenchError('usage', '--workers is out of range.', `Give 1 to ${maxWorkers}.`);
  }
  const [artifact = null] = await buildWithStatus([target], io);
  const drawing = drawEvents(new StatusLine(io.stderr, io.env));
  const server = await target.start({
    ...startOnce(name, artifact, { signal: io.signal, onEvent: drawing.onEvent }),
    port,
    workers: workers ?? null,
  });
  try {
    io.stdout.write(describe(target, server, workers));
    const stopped = io.signal.aborted ? Promise.resolve() : once(io.signal, 'abort');
    await Promise.race([stopped, server.died]);
  } finally {
    await server.stop();
    drawing.stop();
  }
}

/** Where it listens, and lines to paste. */
function describe(
  { name, requests }: Target,
  { origin, adminOrigin, pids }: RunningServer,
  workers: number | undefined,
): string {
  const facts = [`pid ${pids().join(', ')}`, ...(workers ? [plural(workers, 'worker')] : [])];
  // What stores comes first: the others would find nothing.
  const inOrder = requests.requests.toSorted((a, b) => Number(b.writes) - Number(a.writes));
  const lines = [
    `${name} listens on ${origin} (${facts.join(', ')})`,
    ...inOrder.map((spec) => `  ${curlLine(spec, origin)}`),
    ...(adminOrigin === null ? [] : [`  curl ${adminOrigin}/runtime`]),
    'Ctrl-C stops it.',
  ];
  return `${lines.map(printable).join('\n')}\n`;
}

function portFlag(text: string): number {
  const port = wholeNumberFlag(text);
  if (port > 65_535) throw new InvalidArgumentError('A port is at most 65535.');
  return port;
}
