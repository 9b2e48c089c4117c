import type { Output } from './io.js';

/**
 * Progress on stderr: some last lines that are redrawn in place on a terminal, and lines that stay. Where
 * there is no terminal only the lines that stay are printed.
 */
export class StatusLine {
  readonly #output: Output;
  readonly #live: boolean;
  #shownLines = 0;

  constructor(output: Output, env: Readonly<Record<string, string | undefined>>) {
    this.#output = output;
    this.#live = output.isTTY === true && env['TERM'] !== 'dumb';
  }

  /** Whether `show` draws anything. */
  get live(): boolean {
    return this.#live;
  }

  /** Puts a text, of one line or some, in place of the last one. */
  show(text: string): void {
    if (!this.#live) return;
    const width = (this.#output.columns ?? 80) - 1;
    // A line that wrapped would be two, and the next text would not cover it.
    const lines = text.split('\n').map((line) => line.slice(0, width));
    this.#output.write(`${this.#erasing()}\r\u001b[K${lines.join('\n')}`);
    this.#shownLines = lines.length;
  }

  /** Prints a line that stays, above what `show` draws. */
  log(line: string): void {
    this.clear();
    this.#output.write(`${line}\n`);
  }

  /** Takes the last line away. */
  clear(): void {
    if (this.#shownLines > 0) this.#output.write(`${this.#erasing()}\r\u001b[K`);
    this.#shownLines = 0;
  }

  /** Up from the last line of what is shown to its first. */
  #erasing(): string {
    return '\r\u001b[K\u001b[1A'.repeat(Math.max(0, this.#shownLines - 1));
  }

  /** Redraws `text` every 200 ms while the work goes on; the line is gone when it ends. */
  async during<T>(text: (elapsedMs: number) => string, work: () => Promise<T>): Promise<T> {
    const startMs = performance.now();
    const draw = () => this.show(text(performance.now() - startMs));
    const timer = this.#live ? setInterval(draw, 200) : undefined;
    if (this.#live) draw();
    try {
      return await work();
    } finally {
      clearInterval(timer);
      this.clear();
    }
  }
}

/** `[##########----------]  50 %`, 20 cells wide. */
export function progressBar(fraction: number): string {
  const cells = 20;
  const done = Math.round(Math.min(1, Math.max(0, fraction)) * cells);
  const percent = String(Math.floor(Math.min(1, fraction) * 100)).padStart(3);
  return `[${'#'.repeat(done)}${'-'.repeat(cells - done)}] ${percent} %`;
}
