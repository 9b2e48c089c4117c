import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packagePath } from '../../src/package.js';
import { reportHtml } from '../../src/report/html/page.js';
import { gateKind } from '../../src/report/kinds/gate.js';
import { known } from '../../src/report/kinds/kind.js';
import { runKind } from '../../src/report/kinds/run.js';
import { sweepKind } from '../../src/report/kinds/sweep.js';
import { findChromium } from '../helpers/browser.js';
import { aSeriesResult, aSweepResult } from '../helpers/reports.js';
import { hostileDocuments, recordedGate } from '../helpers/saved.js';

const executablePath = findChromium();
const why = executablePath === null ? ' (no chromium is installed)' : '';

const documents = [
  known(runKind, aSeriesResult({ rounds: 3 })),
  known(gateKind, recordedGate('regression')),
  known(sweepKind, aSweepResult()),
];

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kvbench-page-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe.skipIf(executablePath === null)(`in Chromium${why}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: executablePath as string,
      args: ['--no-sandbox'],
    });
    await writeFile(join(dir, 'page.html'), reportHtml(documents));
    await writeFile(join(dir, 'hostile.html'), reportHtml(hostileDocuments().documents));
  });
  afterAll(() => browser?.close());

  /** A page that was opened from disk, and everything that it should not have done. */
  async function opened(name: string, options: Parameters<Browser['newPage']>[0] = {}) {
    const page = await browser.newPage(options);
    const faults: string[] = [];
    const url = pathToFileURL(join(dir, name)).href;
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text());
    });
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('dialog', (dialog) => {
      faults.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.route('**/*', (route) => {
      if (route.request().url() === url) return route.continue();
      faults.push(`request ${route.request().url()}`);
      return route.abort();
    });
    await page.goto(url);
    return { page, faults };
  }
  // The types of the DOM are no part of this project: what runs in the page is text.
  const ask = <T>(page: Page, expression: string) => page.evaluate(expression) as Promise<T>;

  test('every chart is drawn, and nothing is loaded or complained about', async () => {
    const { page, faults } = await opened('page.html');
    const boxes = await ask<number[][]>(
      page,
      `[...document.querySelectorAll('figure svg')].map((svg) => {
        const { width, height } = svg.getBoundingClientRect();
        return [width, height, svg.getBBox().width];
      })`,
    );
    expect(boxes.length).toBeGreaterThan(12);
    for (const box of boxes) for (const side of box) expect(side).toBeGreaterThan(50);
    expect(faults).toEqual([]);
    await page.close();
  });

  test('the pointer shows the values there, and takes them away', async () => {
    const { page, faults } = await opened('page.html');
    await page.locator('.plot').first().hover();
    const tip = page.locator('.tip');
    await tip.waitFor({ state: 'visible' });
    expect(await tip.locator('p').allInnerTexts()).toEqual([
      expect.stringMatching(/^rust: [\d.]+ [µm]s at \d/),
      expect.stringMatching(/^go: [\d.]+ [µm]s at \d/),
    ]);
    await page.mouse.move(1, 1);
    await tip.waitFor({ state: 'hidden' });
    expect(faults).toEqual([]);
    await page.close();
  });

  test('keys walk the points of a chart, and say them', async () => {
    const { page, faults } = await opened('page.html');
    const plot = page.locator('.plot').first();
    await plot.focus();
    const press = async (key: string) => {
      await page.keyboard.press(key);
      return page.locator('#spoken').textContent();
    };
    const first = await press('ArrowRight');
    expect(first).toContain(' at 0 %');
    expect(await press('ArrowRight')).not.toBe(first);
    expect(await press('ArrowLeft')).toBe(first);
    const last = await press('End');
    expect(last).not.toBe(first);
    expect(await press('ArrowRight')).toBe(last);
    expect(await press('Home')).toBe(first);
    expect(await page.locator('.tip').isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    expect(await page.locator('.tip').isVisible()).toBe(false);
    expect(faults).toEqual([]);
    await page.close();
  });

  test.each(['light', 'dark'] as const)('axe finds nothing serious in %s', async (colorScheme) => {
    const { page } = await opened('page.html', { colorScheme });
    const source = await readFile(
      createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
      'utf8',
    );
    await page.evaluate(source);
    await ask(
      page,
      `document.querySelectorAll('details').forEach((more) => { more.open = true; })`,
    );
    const violations = await ask<{ id: string; impact: string; nodes: { html: string }[] }[]>(
      page,
      `axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations)`,
    );
    const serious = violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
    expect(serious).toEqual([]);
    await page.close();
  });

  test.each([390, 1200])('nothing is wider than a window of %s pixels', async (width) => {
    const { page } = await opened('page.html', { viewport: { width, height: 844 } });
    await ask(
      page,
      `document.querySelectorAll('details').forEach((more) => { more.open = true; })`,
    );
    expect(await ask(page, 'document.documentElement.scrollWidth')).toBe(width);
    await page.close();
  });

  test('what is hostile does nothing', async () => {
    const { page, faults } = await opened('hostile.html', {
      viewport: { width: 390, height: 844 },
    });
    await page.locator('.plot').first().hover();
    await page.locator('.tip').waitFor({ state: 'visible' });
    expect(await ask(page, 'document.scripts.length')).toBe(1);
    expect(await ask(page, 'typeof window.owned')).toBe('undefined');
    expect(await ask(page, `document.querySelectorAll('img, iframe, [onload]').length`)).toBe(0);
    expect(await ask(page, 'document.documentElement.scrollWidth')).toBe(390);
    expect(faults).toEqual([]);
    await page.close();
  });

  test('without scripts every figure is there, and every point has its title', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(pathToFileURL(join(dir, 'page.html')).href);
    const figures = await page.locator('figure').count();
    expect(await page.locator('figure details table').count()).toBe(figures);
    const hits = await page.locator('.hit').count();
    expect(await page.locator('.hit > title').count()).toBe(hits);
    await context.close();
  });
});

test('a report is the same to the byte, whatever the time zone, language and directory', async () => {
  const inputs = await Promise.all(
    documents.map(async ({ kind, result }) => {
      const path = join(dir, `${kind.name}.json`);
      await writeFile(path, JSON.stringify(result));
      return path;
    }),
  );
  const places = [
    { cwd: dir, env: { TZ: 'UTC', LANG: 'C', LC_ALL: 'C' } },
    { cwd: tmpdir(), env: { TZ: 'Asia/Kolkata', LANG: 'de_DE.UTF-8', LC_ALL: 'de_DE.UTF-8' } },
  ];
  const hashes = await Promise.all(
    places.map(async ({ cwd, env }, index) => {
      const out = join(dir, `place-${index}`);
      const flags = ['--html', join(out, 'a.html'), '--markdown', join(out, 'a.md')];
      const args = [packagePath('bin/kvbench.js'), 'report', ...inputs, ...flags];
      await promisify(execFile)(process.execPath, args, { cwd, env: { ...process.env, ...env } });
      const texts = await Promise.all([readFile(join(out, 'a.html')), readFile(join(out, 'a.md'))]);
      return texts.map((text) => createHash('sha256').update(text).digest('hex'));
    }),
  );
  expect(hashes[0]).toEqual(hashes[1]);
});
