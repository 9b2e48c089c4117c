import { createHash } from 'node:crypto';
import { Chalk } from 'chalk';
import { describe, expect, test } from 'vitest';
import { text } from '../../src/report/html/markup.js';
import { reportHtml } from '../../src/report/html/page.js';
import { gateKind } from '../../src/report/kinds/gate.js';
import { type KnownDocument, known } from '../../src/report/kinds/kind.js';
import { runKind } from '../../src/report/kinds/run.js';
import { sweepKind } from '../../src/report/kinds/sweep.js';
import { reportMarkdown } from '../../src/report/markdown.js';
import { outlineOf } from '../../src/report/outline.js';
import { documentText } from '../../src/report/text.js';
import { aSeriesOfRuns, aSeriesResult, aSweepResult } from '../helpers/reports.js';
import { aResult, aTrial } from '../helpers/results.js';
import { aRichRun, hostileDocuments, recordedGate } from '../helpers/saved.js';
import { type Element, everyElement, readXml } from '../helpers/xml.js';

const run = known(runKind, aRichRun());
const gate = known(gateKind, recordedGate('regression'));
const sweep = known(sweepKind, aSweepResult());

/** The page as elements; contents of style and script, which are no XML, are left out. */
function parse(page: string): Element[] {
  const xml = page
    .replace(/^<!doctype html>\n/, '')
    .replace(/<(style|script)>[\s\S]*?<\/\1>/g, '<$1/>')
    .trimEnd();
  return everyElement(readXml(xml));
}
const named = (elements: readonly Element[], name: string) =>
  elements.filter((element) => element.name === name);
const wholeText = (element: Element): string =>
  element.text + element.children.map(wholeText).join('');

describe.each<[name: string, documents: KnownDocument[]]>([
  ['a run', [run]],
  ['a gate', [gate]],
  ['a sweep', [sweep]],
  ['one of each', [run, gate, sweep]],
  ['a run with nothing in it', [known(runKind, aResult([]))]],
  ['a run without series', [known(runKind, aResult([aTrial()], { targets: ['rust'] }))]],
])('the page of %s', (_, documents) => {
  const page = reportHtml(documents);
  const elements = parse(page);

  test('is well-formed, and has every id once', () => {
    const ids = elements.flatMap(({ attributes }) => attributes['id'] ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    const links = named(elements, 'a').map(({ attributes }) => attributes['href']?.slice(1));
    expect(ids).toEqual(expect.arrayContaining(links));
  });

  test('takes its own style and script by their hashes, and nothing else', () => {
    const policy = named(elements, 'meta').find(
      ({ attributes }) => attributes['http-equiv'] === 'Content-Security-Policy',
    )?.attributes['content'];
    const contents = [...page.matchAll(/<(style|script)>([\s\S]*?)<\/\1>/g)];
    expect(contents.map(([, name]) => name)).toEqual(['style', 'script']);
    for (const [, name, content = ''] of contents) {
      const hash = createHash('sha256').update(content).digest('base64');
      expect(policy).toContain(`${name}-src 'sha256-${hash}'`);
    }
    expect(policy).toMatch(/^default-src 'none'; /);
    for (const { attributes } of elements) {
      expect(Object.keys(attributes).filter((key) => /^(on.*|style|src)$/.test(key))).toEqual([]);
      if ('href' in attributes) expect(attributes['href']).toMatch(/^#/);
    }
  });

  test('has headings in order, landmarks, and a table for each chart', () => {
    const levels = elements
      .filter(({ name }) => /^h\d$/.test(name))
      .map(({ name }) => +name.slice(1));
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    for (const [index, level] of levels.entries()) {
      expect(level).toBeLessThanOrEqual((levels[index - 1] ?? 0) + 1);
    }
    for (const name of ['header', 'nav', 'main', 'footer']) {
      expect(named(elements, name)).toHaveLength(1);
    }
    for (const figure of named(elements, 'figure')) {
      const inside = everyElement(figure);
      for (const name of ['figcaption', 'svg', 'details', 'table']) {
        expect(named(inside, name), name).toHaveLength(1);
      }
    }
  });
});

test('the sentence comes first, then figures, charts, and where they come from', () => {
  const headings = named(parse(reportHtml([gate])), 'h2').map(wholeText);
  expect(headings).toEqual(['Summary', 'Figures', 'Charts', 'How it was measured']);
  const page = reportHtml([gate]);
  expect(page.indexOf('regression: get P50')).toBeGreaterThan(page.indexOf('<h2 id="summary'));
  expect(page.indexOf('regression: get P50')).toBeLessThan(page.indexOf('<h2 id="figures'));
});

test('a run tells its thresholds, warnings, builds and command line, and no path of a machine', () => {
  const page = reportHtml([run]);
  for (const part of [
    'broken',
    'Steal was 6 %.',
    'ab'.repeat(32),
    'kvbench run --operations get',
  ]) {
    expect(page).toContain(part);
  }
  expect(page).not.toContain('/home/somebody');
});

test('several runs stand in one table by target and date', () => {
  const documents = aSeriesOfRuns(3).map((result) => known(runKind, result));
  const elements = parse(reportHtml(documents.toReversed()));
  const table = named(elements, 'table').find((one) => wholeText(one).startsWith('Response time'));
  const rows = named(everyElement(table as Element), 'tr').slice(1);
  const cells = rows.map((row) => row.children.slice(0, 2).map(wholeText));
  const days = ['2026-01-02 03:04', '2026-01-05 03:04', '2026-01-08 03:04'];
  expect(cells).toEqual(['rust', 'go'].flatMap((name) => days.map((day) => [name, day])));
});

test('several sweeps have their knees in one table, and dates on their charts', () => {
  const sweeps = ['2026-01-08T03:04:00.000Z', '2026-01-05T03:04:00.000Z'].map((startedAt) =>
    known(sweepKind, aSweepResult({ startedAt })),
  );
  const elements = parse(reportHtml(sweeps));
  const table = named(elements, 'table').find((one) => wholeText(one).startsWith('Knees'));
  const rows = named(everyElement(table as Element), 'tr').slice(1);
  expect(rows.map((row) => row.children.map(wholeText))).toEqual([
    ['go', 'get', 'p99<5ms', '2026-01-05 03:04', 'requests/s', '32,980', '34,000'],
    ['go', 'get', 'p99<5ms', '2026-01-08 03:04', 'requests/s', '32,980', '34,000'],
    ['rust', 'get', 'p99<5ms', '2026-01-05 03:04', 'requests/s', '≥42,165', '60,000'],
    ['rust', 'get', 'p99<5ms', '2026-01-08 03:04', 'requests/s', '≥42,165', '60,000'],
  ]);
  const titles = outlineOf(sweeps).charts.map(({ title }) => title);
  expect(new Set(titles).size).toBe(titles.length);
  expect(titles).toContain('get: latency against rate, 2026-01-05 03:04 UTC');
  const one = sweeps.slice(0, 1);
  expect(outlineOf(one).charts.map(({ title }) => title)).toContain('get: latency against rate');
  expect(reportHtml(one)).not.toContain('Knees');
});

test('a result of ten minutes by the second stays well below 1 MB', () => {
  const result = aSeriesResult({ rounds: 1, intervals: 600, intervalMs: 1000 });
  expect(reportHtml([known(runKind, result)]).length).toBeLessThan(800_000);
});

describe('with hostile text in every string', () => {
  const { documents, counts } = hostileDocuments();

  test.each(documents)('a terminal gets no text of $kind.name that could steer it', (document) => {
    const chalk = new Chalk({ level: 0 });
    for (const ascii of [true, false]) {
      const text = documentText(document, { chalk, plot: { ascii } });
      expect(text).toContain('alert');
      expect(text).not.toMatch(/[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/u);
      expect(text).not.toMatch(/^::/m);
    }
  });

  const page = reportHtml(documents, '</title><script>alert(1)</script>');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
  const unseen = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

  test('there is much of it', () => {
    for (const count of counts) expect(count).toBeGreaterThan(15);
  });

  test('the page has no element, attribute or control character of it', () => {
    const elements = parse(page);
    const known = new Set(parse(reportHtml([run, gate, sweep])).map(({ name }) => name));
    known.add('bdi').add('strong');
    for (const { name, attributes } of elements) {
      expect([...known]).toContain(name);
      for (const key of Object.keys(attributes)) expect(key).not.toMatch(/^on|^style$|^src$/);
      expect(attributes['href'] ?? '#').toMatch(/^#/);
    }
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).not.toMatch(unseen);
    expect(page).not.toMatch(/\p{Surrogate}/u);
  });

  test('Markdown and text have none that acts', () => {
    const markdown = reportMarkdown(documents);
    // In a block of code nothing acts.
    const outside = markdown.replace(/^ {4}.*$/gm, '');
    expect(outside).not.toMatch(/<(?!\/?(details|summary|code)>)/);
    expect(markdown).not.toMatch(unseen);
    const chalk = new Chalk({ level: 0 });
    for (const document of documents) {
      expect(documentText(document, { chalk })).not.toMatch(unseen);
    }
  });
});

test.each([
  ['a < b & "c"', 'a &lt; b &amp; &quot;c&quot;'],
  ['x שלום עולם 5', 'x <bdi>שלום עולם</bdi> 5'],
  ['a\u202eb', 'a\\x202eb'],
])('%j is text as %s', (outside, html) => {
  expect(text(outside)).toBe(html);
});

test('Markdown refers to the drawings that it is given', () => {
  const markdown = reportMarkdown([gate], { imageOf: ({ id }) => `charts/${id}.svg` });
  expect(markdown).toContain('](charts/gate-ratios.svg)');
  expect(reportMarkdown([gate])).not.toContain('![');
});
