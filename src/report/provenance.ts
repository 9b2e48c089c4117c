import { maskedPath } from '../config/mask.js';
import { targetOf } from '../plan/plan.js';
import { plural } from '../plural.js';
import type { Artifact, Machine, Placement, RunResult } from '../result/schema.js';
import { dateText } from './charts/quantity.js';
import { settingText } from './config.js';
import type { FigureTable } from './figures.js';
import { formatBytes, formatCount, formatMs, formatNumber } from './format.js';
import { workersText } from './scaling.js';
import { quoted } from './shell.js';

/** Where figures come from, and how to measure them again. */
export interface Provenance {
  facts: readonly (readonly [name: string, text: string])[];
  tables: readonly FigureTable[];
  /** A line for a shell; null: there is none that would do it. */
  command: string | null;
  /** What else it takes to repeat it. */
  hints: readonly string[];
  /** What a job's summary says of it, with what was asked for, in a line; missing: it has all of both. */
  small?: string;
}

export type Facts = Provenance['facts'];

/** A command line of kvbench, for a shell. */
export function commandLine(...words: readonly string[]): string {
  return ['kvbench', ...words].map(quoted).join(' ');
}

/** Those tables that have rows. */
export function filled(tables: readonly FigureTable[]): FigureTable[] {
  return tables.filter(({ rows }) => rows.length > 0);
}

/** What no flag can say. */
export function unsaidHints(unsaid: readonly string[]): string[] {
  if (unsaid.length === 0) return [];
  return [`Only a config file can say these settings, which are above: ${unsaid.join(', ')}.`];
}

/** What it takes to repeat a measurement of targets that a config describes. */
export function ownHints(targets: RunResult['targets']): string[] {
  const described = targets.filter(({ source }) => source !== 'bundled');
  const own = [...new Set(described.map(({ name }) => targetOf(name)))];
  return own.length === 0
    ? []
    : [`Run it where the config file is that describes ${own.join(', ')}.`];
}

/** When it was measured, and by what. */
export function timeFacts(
  {
    startedAt,
    updatedAt,
    kvbenchVersion,
    state,
  }: Pick<RunResult, 'startedAt' | 'updatedAt' | 'kvbenchVersion' | 'state'>,
  origin: RunResult['importedFrom'] = null,
): Facts {
  const [from, to] = [startedAt, updatedAt].map((time) => dateText(Date.parse(time), 16));
  return [
    ['measured', `${from} to ${to} UTC`],
    ...(state === 'complete' ? [] : [['state', `${state}: not complete`] as const]),
    [
      'by',
      origin
        ? `${origin.tool}${origin.version === null ? '' : ` ${origin.version}`}, imported by kvbench ${kvbenchVersion}`
        : `kvbench ${kvbenchVersion}`,
    ],
  ];
}

/** The machine and its system. */
export function machineFacts(machine: Machine | null): Facts {
  if (!machine) return [['machine', 'unknown']];
  const { cpuQuota, governor, virtualization } = machine;
  const limits = [
    ...(cpuQuota === null ? [] : [`a quota of ${formatNumber(cpuQuota)} CPUs`]),
    ...(governor === null ? [] : [`governor ${governor}`]),
    ...(virtualization === null ? [] : [`virtualized by ${virtualization}`]),
  ];
  return [
    [
      'machine',
      [
        `${machine.cpuModel}, ${plural(machine.cpus, 'CPU')}, ${formatBytes(machine.memoryBytes)}`,
        ...limits,
      ].join(', '),
    ],
    [
      'system',
      `${machine.platform} ${machine.kernel} ${machine.arch}, Node ${machine.nodeVersion}, undici ${machine.undiciVersion}`,
    ],
  ];
}

/** What ran on which CPUs, and which engine sent. */
export function placementFacts(
  placement: Placement | null,
  targets: readonly { name: string }[],
): Facts {
  if (!placement) return [];
  const { engine, serverCpus, generatorCpus, generators } = placement;
  const cpus = serverCpus
    ? `servers on CPU ${serverCpus.join(',')}, load on CPU ${generatorCpus?.join(',')}`
    : 'not pinned';
  return [
    [
      'placement',
      `${cpus}; ${workersText(placement, targets)}, ${plural(generators, 'generator')}`,
    ],
    ['engine', `${engine.name} ${engine.version}`],
  ];
}

/** Builds. */
export function artifactTable(artifacts: readonly Artifact[]): FigureTable {
  return {
    title: 'Builds',
    detail: '',
    head: ['target', 'toolchain', 'flags', 'SHA-256', 'size', 'build time'],
    left: 4,
    rows: artifacts.map(({ target, toolchain, flags, sha256, sizeBytes, buildMs }) => [
      ...[target, toolchain, flags.join(' '), sha256],
      ...[formatBytes(sizeBytes), formatMs(buildMs)],
    ]),
    note: artifacts.flatMap(trainingNotes).join(' ') || null,
  };
}

/** What a build is tuned by, in a sentence; none for others. */
export function trainingNotes({ target, training }: Artifact): string[] {
  if (!training) return [];
  const { requests, operations, durationMs, keys, connections, engine } = training;
  const load = `${formatCount(requests)} requests (${operations.join(', ')}) in ${formatMs(durationMs)}, over ${plural(connections, 'connection')} and ${plural(keys, 'key')}`;
  return [`${target} is tuned by a profile of ${load}, sent by ${engine.name} ${engine.version}.`];
}

/** What the targets were asked. */
export function requestTable(targets: RunResult['targets']): FigureTable {
  return {
    title: 'Requests',
    detail: '',
    head: ['target', 'name', 'request'],
    left: 3,
    rows: targets.flatMap(({ name, requests }) =>
      requests.requests.map((request) => [
        name,
        request.name,
        `${request.method} ${maskedPath(request.path, () => '…')}`,
      ]),
    ),
    note: null,
  };
}

/** All settings, as a config file would say them. */
export function settingTable(settings: object): FigureTable {
  return {
    title: 'Settings',
    detail: '',
    head: ['setting', 'value'],
    left: 2,
    rows: Object.entries(settings).map(([name, value]) => [name, deepText(value)]),
    note: null,
  };
}

/** As `kvbench config` writes it; what holds more than values, as JSON. */
function deepText(value: unknown): string {
  const parts = typeof value === 'object' && value !== null ? Object.values(value) : [];
  const isDeep = parts.some((part) => typeof part === 'object' && part !== null);
  return isDeep ? JSON.stringify(value) : settingText(value);
}
