import type { ChalkInstance } from 'chalk';
import { printable } from './format.js';
import { fitted, renderTable } from './tables.js';

/** What is in force, and where each part of it was said. */
export interface ConfigReport {
  /** Absolute path of the config file; null: there is none. */
  path: string | null;
  config: Record<string, unknown>;
  sources: Record<string, string>;
  targets: ReportedTarget[];
}

interface ReportedTarget {
  name: string;
  /** Whether the run is about it, or it is only there to be chosen. */
  chosen: boolean;
  source: 'bundled' | 'start' | 'url';
  contract: boolean;
  requests: { requests: readonly { name: string }[] };
  /** Where it is described; null: it comes with kvbench. */
  place: string | null;
}

/** A table of settings and one of targets, within 80 columns; what is longer goes on below. */
export function reportConfig(
  report: ConfigReport,
  { chalk, width }: { chalk: ChalkInstance; width?: number | undefined },
): string {
  const { path, config, sources, targets } = report;
  const table = (head: string[], widths: number[], rows: string[][]) =>
    renderTable(
      head,
      rows.flatMap((row) => foldRow(row, widths)),
      { chalk, left: head.length },
    );
  const settings = Object.entries(config).map(([key, value]) => [
    key,
    settingText(value),
    sources[key] ?? '',
  ]);
  const servers = targets.map(({ name, chosen, source, contract, requests, place }) => [
    `${chosen ? '*' : ' '} ${name}`,
    contract ? `${source}, contract` : source,
    requests.requests.map((request) => request.name).join(', '),
    place ?? '',
  ]);
  const lines = [
    path === null ? 'There is no config file: defaults, variables and flags.' : printable(path),
    '',
    table(['setting', 'value', 'from'], [21, 23, 32], settings),
    '',
    table(['  target', 'source', 'requests', 'place'], [16, 17, 17, 24], servers),
    '',
    '*: takes part in the run.',
    '',
  ];
  return fitted(lines.join('\n'), width);
}

/** The value of a setting in words. */
export function settingText(value: unknown): string {
  if (Array.isArray(value)) return value.length > 0 ? value.join(' ') : 'none';
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([key, part]) => `${key} ${String(part)}`)
      .join(', ');
  }
  return value === null ? 'null' : String(value);
}

/** One row as several, so that each cell keeps to its width. */
function foldRow(cells: readonly string[], widths: readonly number[]): string[][] {
  const columns = cells.map((cell, index) => fold(printable(cell), widths[index] as number));
  const height = Math.max(...columns.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) => columns.map((lines) => lines[line] ?? ''));
}

/** Lines of at most that many characters, broken after a space where there is one. */
function fold(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text.replace(/[\n\t]/g, ' ');
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width);
    const end = space > 0 ? space : width;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).replace(/^ /, '');
  }
  return [...lines, rest];
}
