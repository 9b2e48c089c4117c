import { once } from 'node:events';
import { type Command, InvalidArgumentError } from 'commander';
import { maxWorkers } from '../../config/schema.js';
import { KvbenchError } from '../../errors.js';
import { plural } from '../../report/text.js';
import { findTarget } from '../../targets/targets.js';
import { buildAll } from '../build.js';
import { wholeNumberFlag } from '../flags.js';
import type { Io } from '../io.js';
import type { CommandContext } from '../program.js';
import { startOnce } from '../start.js';
import { StatusLine } from '../status.js';

interface ServeFlags {
  port: number;
  workers?: number;
}

/** `kvbench serve <target>`: one server to try by hand, until Ctrl-C. */
export function addServeCommand(program: Command, { io }: CommandContext): void {
  program
    .command('serve')
    .description('build and start one server; print its address; stop it on Ctrl-C')
    .argument('<target>', 'target to serve')
    .option('--port <n>', 'port on 127.0.0.1; 0 takes a free one', portFlag, 0)
    .option('--workers <n>', 'actix workers or GOMAXPROCS (default: all CPUs)', wholeNumberFlag)
    .action((name: string, flags: ServeFlags) => serve(io, name, flags));
}

async function serve(io: Io, name: string, { port, workers }: ServeFlags): Promise<void> {
  const target = findTarget(name);
  if (workers !== undefined && (workers < 1 || workers > maxWorkers)) {
    throw new KvbenchError('usage', '--workers is out of range.', `Give 1 to ${maxWorkers}.`);
  }
  const status = new StatusLine(io.stderr, io.env);
  const [artifact = null] = await buildAll([target], io, status);
  const server = await target.start({
    ...startOnce(name, artifact, io, status),
    ...{ port, workers: workers ?? null },
  });
  try {
    io.stdout.write(
      `${name} listens on ${server.origin} (pid ${server.pids()[0]}${workers ? `, ${plural(workers, 'worker')}` : ''})\n` +
        `  curl --data hello=world ${server.origin}/\n` +
        `  curl ${server.origin}/hello\n` +
        `  curl ${server.adminOrigin}/runtime\n` +
        'Ctrl-C stops it.\n',
    );
    const stopped = io.signal.aborted ? Promise.resolve() : once(io.signal, 'abort');
    await Promise.race([stopped, server.died]);
  } finally {
    await server.stop();
  }
}

function portFlag(text: string): number {
  const port = wholeNumberFlag(text);
  if (port > 65_535) throw new InvalidArgumentError('A port is at most 65535.');
  return port;
}
