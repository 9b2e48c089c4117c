import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { collectOutput } from '../../src/targets/output.js';

test('a line that matches is found, however it comes, and the end of all lines is kept', async () => {
  const stream = new PassThrough();
  const output = collectOutput([stream], 9);
  const line = output.line(/port (\d+)/);
  stream.write('starting\nlistens on po');
  stream.write('rt 4711\nand goes on\n');
  expect((await line)[1]).toBe('4711');
  expect(output.text()).toBe(' goes on\n');
});

test('a pattern sees the beginning of a line alone, so that no line costs the square of its length', async () => {
  const stream = new PassThrough();
  const output = collectOutput([stream], 1e6);
  const seen: number[] = [];
  const pattern = /(.*) port/;
  const exec = pattern.exec.bind(pattern);
  pattern.exec = (line) => {
    seen.push(line.length);
    return exec(line);
  };
  const line = output.line(pattern);
  stream.write(`${'x'.repeat(60_000)} port\nnow port\n`);
  expect((await line)[1]).toBe('now');
  expect(seen).toEqual([4096, 8]);
});
