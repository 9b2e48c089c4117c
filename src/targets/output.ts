import type { Readable } from 'node:stream';

/** The end of what a process prints, on both of its outputs. */
export interface Output {
  text(): string;
  /** Resolves with the first whole line that matches; stays pending until there is one. */
  line(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Of a line: a pattern may take the square of its length, and nobody says a port after so much. */
const matchedChars = 4096;

/** Reads these streams for as long as they go on, and keeps the last so many characters. */
export function collectOutput(streams: readonly Readable[], keptChars: number): Output {
  let kept = '';
  const watchers = new Set<(line: string) => void>();
  for (const stream of streams) {
    let rest = '';
    stream.setEncoding('utf8').on('data', (text: string) => {
      kept = (kept + text).slice(-keptChars);
      if (watchers.size === 0) return;
      const lines = (rest + text).split('\n');
      rest = lines.pop()?.slice(-keptChars) ?? '';
      for (const line of lines) for (const watch of watchers) watch(line);
    });
    stream.on('error', () => {});
  }
  return {
    text: () => kept,
    line: (pattern) =>
      new Promise((resolve) => {
        const watch = (line: string) => {
          const match = pattern.exec(line.slice(0, matchedChars));
          if (!match) return;
          watchers.delete(watch);
          resolve(match);
        };
        watchers.add(watch);
      }),
  };
}
