import type { Readable } from 'node:stream';

/** Long enough for the histograms of a day's intervals; whatever is longer is no message of ours. */
const maxLineBytes = 256 * 1024 * 1024;

/** A message as one line of JSON, as engines and their parent exchange them. */
export function toLine(message: unknown): string {
  return `${JSON.stringify(message)}\n`;
}

/**
 * Gives every line of a stream, read as JSON, to `take`. What is not JSON, or has no end, goes to
 * `fail` as an error, and nothing after it is read.
 */
export function readLines(
  stream: Readable,
  take: (message: never) => void,
  fail: (error: Error) => void,
  limitBytes = maxLineBytes,
): void {
  let pieces: Buffer[] = [];
  let pendingBytes = 0;
  let broken = false;
  const stop = (message: string) => {
    broken = true;
    pieces = [];
    stream.destroy();
    fail(new Error(message));
  };
  stream.on('data', (chunk: Buffer) => {
    let start = 0;
    while (!broken) {
      const end = chunk.indexOf(0x0a, start);
      const piece = chunk.subarray(start, end < 0 ? chunk.length : end);
      pendingBytes += piece.length;
      if (pendingBytes > limitBytes) return stop(`a line of more than ${limitBytes} bytes`);
      pieces.push(piece);
      if (end < 0) return;
      const line = Buffer.concat(pieces).toString();
      pieces = [];
      pendingBytes = 0;
      start = end + 1;
      let message: unknown;
      try {
        message = JSON.parse(line);
      } catch {
        return stop(`a line that is not JSON: ${line.slice(0, 100)}`);
      }
      take(message as never);
    }
  });
}
