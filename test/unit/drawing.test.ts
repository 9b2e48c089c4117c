import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { drawEvents } from '../../src/cli/drawing.js';
import { StatusLine } from '../../src/cli/status.js';
import type { Examination } from '../../src/contract/check.js';

const examination = (name: string): Examination => ({
  name,
  by: 'contract',
  outcomes: ['hit', 'miss'].map((vector) => ({ name: vector, about: 'A read.', ok: true })),
});

test('those that are examined side by side stand in one line, each as long as it is', () => {
  const written: string[] = [];
  const output = { write: (text: string) => written.push(text), isTTY: true, columns: 80 };
  const { onEvent, stop } = drawEvents(new StatusLine(output, {}));
  /** What was written last, without what moves the cursor. */
  const shown = () => stripVTControlCharacters(written.at(-1) ?? '').replaceAll('\r', '');
  onEvent({ type: 'check-start', target: 'rust' });
  expect(shown()).toBe('checking what rust answers …');
  onEvent({ type: 'check-start', target: 'go' });
  expect(shown()).toBe('checking what rust, go answer …');
  onEvent({ type: 'check-end', examination: examination('rust') });
  expect(written).toContain('rust keeps the contract: 2 vectors pass\n');
  onEvent({ type: 'check-end', examination: examination('go') });
  expect(shown()).toBe('go keeps the contract: 2 vectors pass\n');
  stop();
});
