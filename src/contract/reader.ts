import { type Answer, parseAnswer } from './http.js';

/** A final answer and the interim ones before it. */
export interface ReceivedAnswer extends Answer {
  interim: number[];
}

/** More than any server has reason to send before one answer. */
const maxInterim = 8;

/** Turns bytes, as they come, into answers; after an error it takes nothing more. */
export class AnswerReader {
  readonly answers: ReceivedAnswer[] = [];
  /** Interim answers that wait for their final one. */
  interim: number[] = [];
  /** What is received but not part of a whole answer. */
  rest: Buffer = Buffer.alloc(0);
  /** Why the rest is no HTTP. */
  error: string | null = null;
  readonly #heads: boolean[];

  /** `heads` tells for each answer that is to come whether its request is a HEAD. */
  constructor(heads: readonly boolean[]) {
    this.#heads = [...heads];
  }

  /** Are all answers there? */
  get complete(): boolean {
    return this.answers.length >= this.#heads.length;
  }

  /** One more answer is to come, and its request is not a HEAD. */
  expectAnother(): void {
    this.#heads.push(false);
  }

  push(chunk: Buffer): void {
    if (this.error !== null) return;
    this.rest = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    this.#parse(false);
  }

  end(): void {
    if (this.rest.length > 0) this.#parse(true);
  }

  #parse(ended: boolean): void {
    while (this.error === null && this.rest.length > 0) {
      const head = this.#heads[this.answers.length];
      if (head === undefined) {
        this.error = 'nothing was asked for';
        return;
      }
      const result = parseAnswer(this.rest, { head, ended });
      if (result.state === 'error') this.error = result.message;
      if (result.state !== 'answer') return;
      this.rest = this.rest.subarray(result.usedBytes);
      this.#take(result.answer);
    }
  }

  #take(answer: Answer): void {
    if (answer.status < 200) {
      this.interim.push(answer.status);
      if (this.interim.length > maxInterim) this.error = 'interim answers do not end';
      return;
    }
    this.answers.push({ ...answer, interim: this.interim });
    this.interim = [];
  }
}
