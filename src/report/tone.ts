import type { ChalkInstance } from 'chalk';
import type { GateVerdict, MetricRow } from '../gate/schema.js';
import type { Threshold } from '../result/schema.js';
import type { SweepStep } from '../sweep/schema.js';

/** Whether something is good news; a page has it as a class. */
export type Tone = 'good' | 'bad' | 'warn' | 'quiet';

/** Of what a gate decides, as a whole and of each of its figures. */
export const gateTones = {
  pass: 'good',
  regression: 'bad',
  untrusted: 'bad',
  inconclusive: 'warn',
  unmeasured: 'warn',
  reported: 'quiet',
} as const satisfies Record<GateVerdict['outcome'] | MetricRow['verdict'], Tone>;

/** Of a threshold. */
export const thresholdTones = {
  kept: 'good',
  broken: 'bad',
  untrusted: 'warn',
} as const satisfies Record<Threshold['outcome'], Tone>;

/** Of a step of a sweep, which is meant to come to where its objective breaks. */
export const stepTones = {
  kept: 'good',
  broken: 'warn',
  'generator-limited': 'quiet',
} as const satisfies Record<SweepStep['outcome'], Tone>;

const colours = { good: 'green', bad: 'red', warn: 'yellow', quiet: 'dim' } as const;

/** A text as a terminal has it that shows colours. */
export function coloured(text: string, tone: Tone | null, chalk: ChalkInstance): string {
  return tone === null ? text : chalk[colours[tone]](text);
}

/** Before a text in Markdown, which has no colours. */
export const marks: Readonly<Record<Tone, string>> = {
  good: '✅ ',
  bad: '❌ ',
  warn: '⚠️ ',
  quiet: '',
};
