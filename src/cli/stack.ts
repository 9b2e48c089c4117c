import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';

/**
 * The stack of an error with lines of `src/` in place of those of the bundle. By hand, and where there is a
 * bug alone: Node's own way (`--enable-source-maps`) reads the map of every file that it loads.
 */
export function withSourceLines(stack: string): string {
  const maps = new Map<string, SourceMap | null>();
  return stack.replace(
    /(file:\/\/[^\s)]+\.js):(\d+):(\d+)/g,
    (place, url: string, line: string, column: string) => {
      if (!maps.has(url)) maps.set(url, mapOf(url));
      const origin = maps.get(url)?.findOrigin(Number(line), Number(column));
      if (!origin || !('fileName' in origin)) return place;
      const { fileName, lineNumber, columnNumber } = origin;
      return `${fileURLToPath(new URL(fileName, url))}:${lineNumber}:${columnNumber}`;
    },
  );
}

function mapOf(url: string): SourceMap | null {
  try {
    return new SourceMap(JSON.parse(readFileSync(fileURLToPath(`${url}.map`), 'utf8')));
  } catch {
    // Its own lines are better than none.
    return null;
  }
}
