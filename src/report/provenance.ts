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
  facts: Facts;
  tables: readonly FigureTable[];
  /** A line for a shell; null: there is none that would do it. */
  command: string | null;
  /** What else it takes to repeat it. */
  hints: readonly string[];
  /** The same in a line or two, as a terminal has it. */
  lines: readonly string[];
  /** What a job's summary says of it, with what was asked for, in a line; missing: it has all of both. */
  small?: string;
}

export type Facts = readonly (readonly [name: string, text: string])[];

/** What every measurement of targets has saved. */
type Measured = Pick<
  RunResult,
  'startedAt' | 'updatedAt' | 'kvbenchVersion' | 'state' | 'machine' | 'placement' | 'targets'
> & { artifacts: readonly Artifact[]; importedFrom?: RunResult['importedFrom'] };

/** How a measurement was asked for, and what is special about it. */
interface Asked {
  /** Null: nobody knows them. */
  settings: { seed: number } | null;
  command: string | null;
  /** Settings that the command can't say. */
  unsaid?: readonly string[];
  facts?: Facts;
}

/** Where a measurement of targets comes from. */
export function provenanceOf(
  result: Measured,
  { settings, command, unsaid = [], facts = [] }: Asked,
): Provenance {
  const { machine, placement, targets, artifacts } = result;
  return {
    facts: [
      ...timeFacts(result),
      ...machineFacts(machine),
      ...placementFacts(placement, targets),
      ...facts,
      ...(settings ? [['seed', String(settings.seed)] as const] : []),
    ],
    tables: filled([
      artifactTable(artifacts),
      requestTable(targets),
      ...(settings ? [settingTable(settings)] : []),
    ]),
    command,
    hints: [...ownHints(targets), ...unsaidHints(unsaid)],
    lines: linesOf(result, settings?.seed),
  };
}

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
function ownHints(targets: RunResult['targets']): string[] {
  const described = targets.filter(({ source }) => source !== 'bundled');
  const own = [...new Set(described.map(({ name }) => targetOf(name)))];
  return own.length === 0
    ? []
    : [`Run it where the config file is that describes ${own.join(', ')}.`];
}

/** When it was measured, and by what. */
export function timeFacts({
  startedAt,
  updatedAt,
  kvbenchVersion,
  state,
  importedFrom = null,
}: Pick<Measured, 'startedAt' | 'updatedAt' | 'kvbenchVersion' | 'state' | 'importedFrom'>): Facts {
  const [from, to] = [startedAt, updatedAt].map((time) => dateText(Date.parse(time), 16));
  const by = `kvbench ${kvbenchVersion}`;
  return [
    ['measured', `${from} to ${to} UTC`],
    ...(state === 'complete' ? [] : [['state', `${state}: not complete`] as const]),
    ['by', importedFrom ? `${toolText(importedFrom)}, imported by ${by}` : by],
  ];
}

function toolText({ tool, version }: NonNullable<RunResult['importedFrom']>): string {
  return version ? `${tool} ${version}` : tool;
}

/** `AMD EPYC, 2 CPUs`. */
export function cpuText({ cpuModel, cpus }: Machine): string {
  return `${cpuModel}, ${plural(cpus, 'CPU')}`;
}

/** The machine and its system. */
export function machineFacts(machine: Machine | null): Facts {
  if (!machine) return [['machine', 'unknown']];
  const { cpuQuota, governor, virtualization } = machine;
  const parts = [
    cpuText(machine),
    formatBytes(machine.memoryBytes),
    ...(cpuQuota === null ? [] : [`a quota of ${formatNumber(cpuQuota)} CPUs`]),
    ...(governor === null ? [] : [`governor ${governor}`]),
    ...(virtualization === null ? [] : [`virtualized by ${virtualization}`]),
  ];
  return [
    ['machine', parts.join(', ')],
    [
      'system',
      `${machine.platform} ${machine.kernel} ${machine.arch}, Node ${machine.nodeVersion}, undici ${machine.undiciVersion}`,
    ],
  ];
}

/** The same in a line; none of a machine that nobody knows. */
export function machineLines(machine: Machine | null): string[] {
  if (!machine) return [];
  const { platform, kernel, nodeVersion } = machine;
  return [`${cpuText(machine)}, ${platform} ${kernel}, Node ${nodeVersion}`];
}

/** What ran on which CPUs, and which engine sent. */
function placementFacts(placement: Placement | null, targets: readonly { name: string }[]): Facts {
  if (!placement) return [];
  const { engine, generators } = placement;
  const cpus = pinning(placement, 'load') ?? 'not pinned';
  return [
    [
      'placement',
      `${cpus}; ${workersText(placement, targets)}, ${plural(generators, 'generator')}`,
    ],
    ['engine', `${engine.name} ${engine.version}`],
  ];
}

/** Who has which CPUs; null: nobody was given any. */
function pinning({ serverCpus, generatorCpus }: Placement, load: string): string | null {
  if (!serverCpus) return null;
  return `servers on CPU ${serverCpus.join(',')}, ${load} on CPU ${generatorCpus?.join(',')}`;
}

function linesOf(
  { machine, placement, targets, importedFrom = null }: Measured,
  seed: number | undefined,
): string[] {
  if (importedFrom) return [`imported from ${toolText(importedFrom)}`];
  if (!machine || !placement) return [];
  const { engine, generators } = placement;
  const load = `${engine.name} ${generators > 1 ? `${generators} generators` : 'generator'}`;
  const cpus = pinning(placement, load) ?? `not pinned, ${load}`;
  return [
    ...machineLines(machine),
    `${cpus}, ${workersText(placement, targets)}${seed === undefined ? '' : `, seed ${seed}`}`,
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
function requestTable(targets: RunResult['targets']): FigureTable {
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
