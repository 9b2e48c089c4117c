// How large is the page of a long run, and how soon is it there? A result of ten minutes in intervals
// of a second with two targets, made up, opened from disk in Chromium.
//
//   npm run bench:report -- [--minutes 10] [--times 5]
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { createJiti } from 'jiti';
import { chromium } from 'playwright-core';
import { report } from '../dist/internals.js';
import { markdownTable, provenance } from './lab.mjs';

const { values: flags } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, times: { type: 'string', default: '5' } },
});
const load = createJiti(import.meta.url);
const { aSeriesResult } = await load.import('../test/helpers/reports.ts');
const { findChromium } = await load.import('../test/helpers/browser.ts');

const intervals = Number(flags.minutes) * 60;
const result = aSeriesResult({ rounds: 1, intervals, intervalMs: 1000 });
const documents = [{ kind: 'run', result }];
const startMs = performance.now();
const page = report(documents, { format: 'html' });
const madeMs = performance.now() - startMs;

const dir = mkdtempSync(join(tmpdir(), 'kvbench-bench-'));
const file = join(dir, 'report.html');
writeFileSync(file, page);
const browser = await chromium.launch({
  executablePath: findChromium() ?? undefined,
  args: ['--no-sandbox'],
});
const rows = [];
try {
  for (let time = 1; time <= Number(flags.times); time++) {
    const context = await browser.newContext();
    const tab = await context.newPage();
    await tab.goto(pathToFileURL(file).href, { waitUntil: 'load' });
    const { painted, loaded } = await tab.evaluate(`new Promise((done) => {
      const look = () => {
        const [paint] = performance.getEntriesByName('first-contentful-paint');
        const [{ loadEventEnd }] = performance.getEntriesByType('navigation');
        if (paint && loadEventEnd) done({ painted: paint.startTime, loaded: loadEventEnd });
        else setTimeout(look, 20);
      };
      look();
    })`);
    rows.push([String(time), `${painted.toFixed(0)} ms`, `${loaded.toFixed(0)} ms`]);
    await context.close();
  }
} finally {
  await browser.close();
  rmSync(dir, { recursive: true });
}
console.log(`${provenance()}\n`);
console.log(
  `${(Buffer.byteLength(page) / 1024).toFixed(0)} KiB, made in ${madeMs.toFixed(0)} ms\n`,
);
console.log(markdownTable(['time', 'first paint', 'loaded, script included'], rows));
