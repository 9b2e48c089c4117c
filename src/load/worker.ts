/**
 * The generator's process: answers calls of the parent's `Generator` over Node's IPC channel.
 * The first message is the workload, every later one a call.
 */
import { messageOf } from '../errors.js';
import { createClosedLoop } from './closed-loop.js';
import type { Engine, EngineReply, EngineRequest, Workload } from './protocol.js';

let engine: Engine | null = null;

const perform = (request: EngineRequest) => {
  if (!engine) throw new Error('a call before the workload');
  return request.call === 'preload'
    ? engine.preload(request.endpoint)
    : engine.load(request.endpoint, request.spec);
};

const reply = async (request: EngineRequest): Promise<EngineReply> => {
  try {
    return { id: request.id, ok: true, value: await perform(request) };
  } catch (error) {
    return { id: request.id, ok: false, message: messageOf(error) };
  }
};

process.on('message', (message: EngineRequest | { workload: Workload }) => {
  if ('workload' in message) engine = createClosedLoop(message.workload);
  else void reply(message).then((answer) => process.send?.(answer));
});

// The parent is gone, however it ended: nothing is left to do.
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole group; the parent decides when we end.
process.on('SIGINT', () => {});
