import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { toRequestSet } from '../../src/config/requests.js';
import { curlLine } from '../../src/report/curl.js';

const origin = 'http://127.0.0.1:8080';

/** The line of a request with this body. */
function lineWith(body: string): string {
  const ask = { method: 'POST', path: '/', body } as const;
  const { requests } = toRequestSet({ ask }, {}, (path, message) => {
    throw new Error(`${path.join('.')} ${message}`);
  });
  return requests.map((spec) => curlLine(spec, origin)).join();
}

describe('a shell takes each line as words and nothing else', () => {
  test.each(['$(touch x)', '`touch x`', "'; touch x; '", '"$HOME"', 'a\nb', '*', '!!', '\\'])(
    '%j',
    async (text) => {
      const line = lineWith(text);
      const script = `curl() { printf '%s\\0' "$@"; }; ${line}`;
      const { stdout } = await promisify(execFile)('sh', ['-c', script]);
      expect(stdout.split('\0')).toEqual(['--data-raw', text, `${origin}/`, '']);
    },
  );
});
