import { printable } from '../format.js';
import { escapeMarkdown } from '../github.js';
import { junitText } from '../junit.js';
import { sentence } from '../markdown.js';

/** Why there was nothing to report on: what happened, and how to mend it. */
interface Failure {
  message: string;
  hint: string;
}

/** For a reader of a job that ended before there were two builds to compare; only forms for people. */
export const gateFailureReporters: Record<string, (failure: Failure) => string> = {
  text: ({ message, hint }) => `no verdict: ${printable(message)}\n  ${printable(hint)}\n`,
  markdown: ({ message, hint }) =>
    `### kvbench gate\n\n${sentence({ word: 'no verdict', text: message, tone: 'bad' })}\n\n${escapeMarkdown(hint)}\n`,
  junit: ({ message, hint }) =>
    junitText([
      {
        name: 'kvbench.gate',
        startedAt: new Date().toISOString(),
        seconds: 0,
        properties: {},
        cases: [{ name: 'verdict', outcome: { kind: 'error', message } }],
        told: [message, hint],
      },
    ]),
};
