import { maskedPath } from '../config/mask.js';
import { targetOf } from '../plan/plan.js';
import { plural } from '../plural.js';
import type { Artifact, Machine, Placement, RunResult } from '../result/schema.js';
import { dateText } from './charts/quantity.js';
import { settingText } from './config.js';
import type { SavedDocument } from './documents.js';
import type { FigureTable } from './figures.js';
import { formatBytes, formatMs, formatNumber, formatRequestRate } from './format.js';
import { costFlagsOf, flagsOf, gateFlagsOf, sweepFlagsOf } from './repeat.js';
import { quoted } from './shell.js';
import { isForeign } from './text.js';

/** Where figures come from, and how to measure them again. */
export interface Provenance {
  facts: readonly (readonly [name: string, text: string])[];
  tables: readonly FigureTable[];
  /** A line for a shell; null: there is none that would do it. */
  command: string | null;
  /** What else it takes to repeat it. */
  hints: readonly string[];
}

/** The machine, the builds, the settings and the command line of a document. */
export function provenanceOf(document: SavedDocument): Provenance {
  switch (document.kind) {
    case 'gate':
      return gateProvenance(document);
    case 'costs':
      return costsProvenance(document);
    default:
      return loadProvenance(document);
  }
}

function loadProvenance(document: Extract<SavedDocument, { kind: 'run' | 'sweep' }>): Provenance {
  const { result } = document;
  const { machine, placement, config, artifacts, targets } = result;
  const origin = document.kind === 'run' ? document.result.importedFrom : null;
  const { argv, unsaid } =
    document.kind === 'run' ? flagsOf(config) : sweepFlagsOf(document.result);
  const isUnknown = document.kind === 'run' && isForeign(document.result);
  const own = targets.filter(({ source }) => source !== 'bundled').map(({ name }) => name);
  return {
    facts: [
      ...timeFacts(result, origin),
      ...machineFacts(machine),
      ...placementFacts(placement),
      ...(document.kind === 'run' ? rateFacts(document.result) : []),
      // What another tool's own script sent, nobody has set here.
      ...(isUnknown ? [] : [['seed', String(config.seed)] as const]),
    ],
    tables: [
      artifactTable(artifacts),
      requestTable(targets),
      ...(isUnknown ? [] : [settingTable(config)]),
    ].filter((table) => table.rows.length > 0),
    command: origin ? null : ['kvbench', document.kind, ...argv].map(quoted).join(' '),
    hints: [...ownHints(own), ...unsaidHints(unsaid)],
  };
}

function unsaidHints(unsaid: readonly string[]): string[] {
  if (unsaid.length === 0) return [];
  return [`Only a config file can say these settings, which are above: ${unsaid.join(', ')}.`];
}

function gateProvenance({ result }: Extract<SavedDocument, { kind: 'gate' }>): Provenance {
  const { machine, load, seed, policy, base, head, target, note } = result;
  const { argv, unsaid } = gateFlagsOf(result);
  const artifacts = [base, head].flatMap(({ artifact, label }, index) =>
    artifact ? [{ ...artifact, target: `${index === 0 ? 'base' : 'head'}, ${label}` }] : [],
  );
  return {
    facts: [
      ...(note === undefined ? [] : [['note', note] as const]),
      ...timeFacts(result, null),
      ['base', buildText(base)],
      ['head', buildText(head)],
      ...machineFacts(machine),
      ...(load
        ? [
            [
              'load',
              `${formatRequestRate(load.ratePerSecond)} and ${plural(load.connections, 'connection')} to each build`,
            ] as const,
            [
              'rounds',
              `${formatMs(load.durationMs)} an operation, interleaved by ${policy.interleave}`,
            ] as const,
          ]
        : []),
      ['seed', String(seed)],
    ],
    tables: [artifactTable(artifacts), settingTable(policy)].filter(({ rows }) => rows.length > 0),
    command:
      base.commit === null
        ? null
        : ['kvbench', 'gate', target, '--base', base.commit, ...argv].map(quoted).join(' '),
    hints: [
      ...unsaidHints(unsaid),
      'kvbench gate --replay, with the saved result, judges these rounds again.',
    ],
  };
}

function costsProvenance({ result }: Extract<SavedDocument, { kind: 'costs' }>): Provenance {
  const { machine, placement, settings, artifacts, targets } = result;
  const own = targets.filter(({ source }) => source !== 'bundled').map(({ name }) => name);
  const names = targets.map(({ name }) => targetOf(name));
  return {
    facts: [
      ...timeFacts(result, null),
      ...machineFacts(machine),
      ...placementFacts(placement),
      ['seed', String(settings.seed)],
    ],
    tables: [artifactTable(artifacts), settingTable(settings)].filter(
      ({ rows }) => rows.length > 0,
    ),
    command: ['kvbench', 'costs', ...names, ...costFlagsOf(settings)].map(quoted).join(' '),
    hints: ownHints(own),
  };
}

/** What it takes to repeat a measurement of targets that a config describes. */
function ownHints(own: readonly string[]): string[] {
  return own.length === 0
    ? []
    : [`Run it where the config file is that describes ${own.join(', ')}.`];
}

function buildText({ label, commit }: { label: string; commit: string | null }): string {
  return commit === null || label.includes(commit) ? label : `${label} (${commit})`;
}

type Facts = Provenance['facts'];

function timeFacts(
  {
    startedAt,
    updatedAt,
    kvbenchVersion,
    state,
  }: Pick<RunResult, 'startedAt' | 'updatedAt' | 'kvbenchVersion' | 'state'>,
  origin: RunResult['importedFrom'],
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

function machineFacts(machine: Machine | null): Facts {
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

function placementFacts(placement: Placement | null): Facts {
  if (!placement) return [];
  const { engine, serverCpus, generatorCpus, workers, generators } = placement;
  const cpus = serverCpus
    ? `servers on CPU ${serverCpus.join(',')}, load on CPU ${generatorCpus?.join(',')}`
    : 'not pinned';
  return [
    [
      'placement',
      `${cpus}; ${plural(workers, 'worker')} a server, ${plural(generators, 'generator')}`,
    ],
    ['engine', `${engine.name} ${engine.version}`],
  ];
}

function rateFacts({ rate }: RunResult): Facts {
  if (!rate) return [];
  const by = rate.chosenBy === 'user' ? 'as it was asked for' : 'by calibration';
  return [['rate', `${formatRequestRate(rate.ratePerSecond)} to each target, ${by}`]];
}

function artifactTable(artifacts: readonly Artifact[]): FigureTable {
  return {
    title: 'Builds',
    detail: '',
    head: ['target', 'toolchain', 'flags', 'SHA-256', 'size', 'build time'],
    left: 4,
    rows: artifacts.map(({ target, toolchain, flags, sha256, sizeBytes, buildMs }) => [
      ...[target, toolchain, flags.join(' '), sha256],
      ...[formatBytes(sizeBytes), formatMs(buildMs)],
    ]),
    note: null,
  };
}

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

function settingTable(settings: object): FigureTable {
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
