import type { ChalkInstance } from 'chalk';
import { printable, wrap } from '../report/format.js';
import { coloured } from '../report/tone.js';
import type { Check } from './checks.js';

const tones = { ok: 'good', warn: 'warn', fail: 'bad' } as const;

/** A line a check, what to do about it below, and a line that sums up. */
export function reportDoctor(checks: readonly Check[], chalk: ChalkInstance): string {
  const width = Math.max(...checks.map(({ id }) => id.length));
  const indent = width + 8;
  const column = (text: string) => wrap(printable(text), { used: indent, indent });
  const lines = checks.flatMap(({ id, status, found, advice }) => [
    `${coloured(status.padEnd(4), tones[status], chalk)}  ${id.padEnd(width)}  ${column(found)}`,
    ...(advice === null ? [] : [' '.repeat(indent) + chalk.dim(column(advice))]),
  ]);
  const count = (status: Check['status']) => checks.filter((c) => c.status === status).length;
  return `${lines.join('\n')}\n\n${count('ok')} ok, ${count('warn')} warn, ${count('fail')} fail\n`;
}
