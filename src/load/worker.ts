/**
 * A generator's process: answers calls of the parent's `Generator`, a line of JSON each on stdin and
 * stdout. The first message is the workload, every later one a call, or the end of a wait at the
 * barrier.
 */
import { messageOf } from '../errors.js';
import { createEngine } from './engine.js';
import { readLines, toLine } from './lines.js';
import type { Engine, EngineRequest, FromWorker, ToWorker } from './protocol.js';
import { warmUp } from './warm-up.js';

let engine: Engine | null = null;
/** Calls wait for it. */
let warm: Promise<void> = Promise.resolve();
let leaveBarrier: (startAtMs: number) => void = () => {};

const send = (message: FromWorker) => void process.stdout.write(toLine(message));

/** Where one process loads alone there is nobody to wait for. */
const barrierFor = (processes: number) =>
  processes === 1
    ? async () => 0
    : () =>
        new Promise<number>((resolve) => {
          leaveBarrier = resolve;
          send({ barrier: true });
        });

const perform = (request: EngineRequest): Promise<unknown> => {
  if (!engine) throw new Error('a call before the workload');
  switch (request.call) {
    case 'preload':
      return engine.preload(request.endpoint);
    case 'load':
      return engine.load(request.spec, (live) => send({ id: request.id, live }));
    case 'readBack':
      return engine.readBack(request.target);
    case 'release':
      return engine.release();
  }
};

const reply = async (request: EngineRequest): Promise<FromWorker> => {
  try {
    await warm;
    return { id: request.id, ok: true, value: await perform(request) };
  } catch (error) {
    return { id: request.id, ok: false, message: messageOf(error) };
  }
};

const take = (message: ToWorker) => {
  if ('workload' in message) {
    warm = warmUp(message.warmUpMs);
    engine = createEngine(message, barrierFor(message.share.count));
  } else if ('startAtMs' in message) leaveBarrier(message.startAtMs);
  else void reply(message).then(send);
};

readLines(process.stdin, take, ({ message }) => {
  process.stderr.write(`the generator was sent ${message}\n`);
  process.exit(1);
});
// The parent is gone, however it ended: nothing is left to do.
process.stdin.on('end', () => process.exit(0));
// Nobody hears the answer.
process.stdout.on('error', () => process.exit(0));
// Ctrl-C reaches the whole group; the parent decides when we end.
process.on('SIGINT', () => {});
