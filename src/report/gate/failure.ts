import { printable } from '../format.js';
import { escapeMarkdown } from '../github.js';
import { escapeXml, xmlAttributes } from '../xml.js';

/** Why there was nothing to report on: what happened, and how to mend it. */
interface Failure {
  message: string;
  hint: string;
}

/** For a reader of a job that ended before there were two builds to compare; only forms for people. */
export const gateFailureReporters: Record<string, (failure: Failure) => string> = {
  text: ({ message, hint }) => `no verdict: ${printable(message)}\n  ${printable(hint)}\n`,
  markdown: ({ message, hint }) =>
    `### kvbench gate\n\n❌ no verdict: ${escapeMarkdown(message)}\n\n${escapeMarkdown(hint)}\n`,
  junit: ({ message, hint }) => {
    const suite = xmlAttributes({
      ...{ id: '0', package: 'kvbench', name: 'kvbench.gate', hostname: 'localhost' },
      ...{ timestamp: new Date().toISOString().slice(0, 19), time: '0' },
      ...{ tests: '1', failures: '0', errors: '1', skipped: '0' },
    });
    const error = xmlAttributes({ message, type: 'usage' });
    return [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<testsuites>',
      `  <testsuite${suite}>`,
      '    <properties></properties>',
      `    <testcase${xmlAttributes({ name: 'verdict', classname: 'kvbench.gate', time: '0' })}><error${error}/></testcase>`,
      `    <system-out>${escapeXml(`${message} ${hint}`)}</system-out>`,
      '    <system-err></system-err>',
      '  </testsuite>',
      '</testsuites>',
      '',
    ].join('\n');
  },
};
