import { Client } from 'undici';
import { KvbenchError } from '../../errors.js';
import { readCpuOf } from '../../observe/proc.js';
import type { RunningServer } from '../../targets/target.js';
import {
  type CostContext,
  type CostSubject,
  eachRound,
  noneOf,
  type OpenPart,
  type Sample,
} from '../part.js';
import { ask } from '../tools.js';

/** How often a server that is polled is asked whether it answers. */
const pollMs = 2;

/** How long it takes from the start of the process to the first right answer. */
export const openStart: OpenPart = async (subject, context) => {
  if (subject.target.source === 'url') {
    return eachRound(1, async () => noneOf('start', 'it runs already'));
  }
  // Short, so there can be twice as many.
  return eachRound(2 * context.settings.rounds, async () => {
    const cold = await coldStart(subject, context);
    const warm = await startOnce(subject, context);
    return {
      'start.cold': cold,
      'start.warm': warm.ns,
      'start.cpu': warm.cpuNs ?? { reason: 'this system does not tell CPU time of processes' },
    };
  });
};

async function coldStart(subject: CostSubject, context: CostContext): Promise<Sample> {
  const { artifact } = subject;
  if (!artifact) return { reason: 'no single file is started' };
  const { path } = artifact;
  const { signal } = context;
  // Of a file, the kernel drops what nobody has mapped; whether it did is asked for.
  const dropped = await ask(
    ['dd', `of=${path}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0', 'status=none'],
    { signal },
  );
  if ('reason' in dropped) return dropped;
  const left = await ask(['fincore', '--bytes', '--noheadings', '--output', 'res', path], {
    signal,
  });
  if ('reason' in left) return left;
  if (Number(left.text.trim()) > 0) {
    return { reason: 'the kernel kept the file in the page cache' };
  }
  return (await startOnce(subject, context)).ns;
}

async function startOnce(subject: CostSubject, { start }: CostContext) {
  const server = await start(subject, { pollMs });
  try {
    await firstAnswer(subject, server);
    const { startedMs } = server;
    if (startedMs === null) throw new Error(`${subject.name} was not started`);
    const ns = Math.round((performance.now() - startedMs) * 1e6);
    const counters = await readCpuOf(server.pids());
    let cpuNs = 0;
    for (const { threads, childrenNs } of counters.values()) {
      cpuNs += childrenNs;
      for (const thread of threads.values()) cpuNs += thread;
    }
    return { ns, cpuNs: counters.size > 0 ? cpuNs : null };
  } finally {
    await server.stop();
  }
}

/** Of a server with the contract its answer is known; any other is up when its config says so. */
async function firstAnswer({ target }: CostSubject, { origin }: RunningServer): Promise<void> {
  if (!target.contract) return;
  const client = new Client(origin);
  try {
    const { statusCode, body } = await client.request({ method: 'GET', path: '/kvbench' });
    if (statusCode === 404 && (await body.text()) === 'Key not found') return;
    throw new KvbenchError(
      'target',
      `${target.name} answered its first request with ${statusCode}.`,
      `\`kvbench check ${target.name}\` tells what it answers.`,
    );
  } finally {
    await client.destroy();
  }
}
