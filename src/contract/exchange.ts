import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../errors.js';
import { AnswerReader, type ReceivedAnswer } from './reader.js';
import type { Step } from './resolve.js';
import { PatientSocket } from './socket.js';

export interface ExchangeOptions {
  host: string;
  port: number;
  steps: readonly Step[];
  /** For each answer that is to come: is its request a HEAD? */
  heads: readonly boolean[];
  /** What to look for after the last answer: an answer to this request, or that the server closes. */
  finally: { probe: Buffer } | 'closed' | 'nothing';
  /** Ends the exchange at once, with what there is. */
  signal: AbortSignal;
}

/** What came of an exchange, as plain data. */
export interface Transcript {
  answers: ReceivedAnswer[];
  /** Interim answers after the last final one. */
  interim: number[];
  /** Bytes after the last whole answer. */
  rest: Buffer;
  end:
    | { type: 'open' | 'closed' | 'stopped' }
    | { type: 'garbage' | 'unreachable'; message: string };
}

/** Pause between segments, so that the server reads them one by one; nothing depends on it. */
const betweenSegmentsMs = 1;

/** Carries out the steps on a connection of their own; whatever the server does, it resolves. */
export async function exchange(options: ExchangeOptions): Promise<Transcript> {
  const { host, port, heads, signal } = options;
  const reader = new AnswerReader(heads);
  const transcript = (end: Transcript['end']): Transcript => ({
    answers: reader.answers.slice(0, heads.length),
    interim: reader.interim,
    rest: reader.rest,
    end: reader.error === null ? end : { type: 'garbage', message: reader.error },
  });
  if (signal.aborted) return transcript({ type: 'stopped' });
  const conversation = new Conversation(reader, signal);
  const { socket } = conversation;
  const stop = () => socket.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await once(socket.connect({ host, port }), 'connect', { signal });
    const end = await conversation.carryOut(options);
    return transcript({ type: signal.aborted ? 'stopped' : end });
  } catch (error) {
    // Nothing but connecting throws.
    if (signal.aborted) return transcript({ type: 'stopped' });
    return transcript({ type: 'unreachable', message: connectMessage(error) });
  } finally {
    signal.removeEventListener('abort', stop);
    socket.destroy();
  }
}

/** A name with several addresses fails with one error for each, and a message of none. */
function connectMessage(error: unknown): string {
  return error instanceof AggregateError ? messageOf(error.errors[0]) : messageOf(error);
}

/** The client's side of one connection. */
class Conversation {
  readonly socket: Socket;
  readonly #reader: AnswerReader;
  /** The server has ended the connection, or we have. */
  #ended = false;
  #wake = () => {};

  constructor(reader: AnswerReader, signal: AbortSignal) {
    this.#reader = reader;
    this.socket = new PatientSocket((chunk) => {
      reader.push(chunk);
      this.#wake();
    });
    const end = () => {
      // When it was us who ended it, an answer without a length has no end yet.
      if (!this.#ended && !signal.aborted) reader.end();
      this.#ended = true;
      this.#wake();
    };
    // Errors show as the end of the connection; without a listener they would end the process.
    this.socket
      .on('error', () => {})
      .on('end', end)
      .on('close', end);
  }

  /** Returns what has become of the connection after the last answer, or instead of one. */
  async carryOut(options: ExchangeOptions): Promise<'open' | 'closed'> {
    const { steps, heads, finally: last } = options;
    for (const [index, step] of steps.entries()) {
      if ('await' in step) {
        await this.#until(() => this.#isIn(step.await));
      } else {
        const previous = steps[index - 1];
        if (previous && 'write' in previous) await delay(betweenSegmentsMs);
        await this.#write(step.write);
      }
    }
    await this.#until(() => this.#reader.complete);
    if (last === 'closed') {
      await this.#until(() => false);
    } else if (last !== 'nothing' && !this.#over) {
      this.#reader.expectAnother();
      await this.#write(last.probe);
      await this.#until(() => this.#reader.complete);
      // What happens to the connection after that is of no interest.
      if (this.#reader.answers.length > heads.length) return 'open';
    }
    return this.#ended ? 'closed' : 'open';
  }

  #isIn(awaited: 'continue' | number): boolean {
    const { interim, answers } = this.#reader;
    if (awaited !== 'continue') return answers.length >= awaited;
    // A final answer is as good as an interim one: nobody will ask for the body any more.
    return interim.includes(100) || answers.length > 0;
  }

  get #over(): boolean {
    return this.#ended || this.#reader.error !== null;
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!this.#over && !condition()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async #write(bytes: Buffer): Promise<void> {
    if (this.#over) return;
    let written = false;
    this.socket.write(bytes, () => {
      written = true;
      this.#wake();
    });
    await this.#until(() => written);
  }
}
