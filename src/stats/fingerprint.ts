import { aboutSetting, settingsByPart } from '../config/flags.js';
import type { Measure } from '../config/schema.js';
import type { Setting } from '../config/settings/setting.js';
import type { RunResult } from '../result/schema.js';

/** Something other than the servers in which two runs differ. */
export interface Difference {
  about: 'instrument' | 'machine' | 'placement' | 'workload';
  what: string;
  a: string;
  b: string;
  /** The one measure whose figures it touches; null: all. */
  measure: Measure | null;
}

type Facts = Record<string, unknown>;

/** All but the servers that decides what figures two runs can have, where it differs. */
export function fingerprintDifferences(a: RunResult, b: RunResult): Difference[] {
  const differ = (about: Difference['about'], measure: Measure | null, x: Facts, y: Facts) =>
    differingKeys(x, y).map((what) => ({
      about,
      what,
      measure,
      a: show(x[what]),
      b: show(y[what]),
    }));
  const names = new Set(b.targets.map(({ name }) => name));
  const shared = new Set(a.targets.map(({ name }) => name).filter((name) => names.has(name)));
  const machine =
    a.machine && b.machine
      ? differ('machine', null, machineFacts(a.machine), machineFacts(b.machine))
      : differ('machine', null, { machine: a.machine?.cpuModel }, { machine: b.machine?.cpuModel });
  return [
    ...differ('instrument', null, instrumentFacts(a), instrumentFacts(b)),
    ...machine,
    // Nothing is known of machines that nobody has described, and so not that they are the same.
    ...(a.machine || b.machine
      ? []
      : [{ about: 'machine' as const, what: 'machine', ...bothUnknown, measure: null }]),
    ...differ('placement', null, a.placement ?? {}, b.placement ?? {}),
    ...differ('workload', null, workloadFacts(a, shared), workloadFacts(b, shared)),
    ...differ('workload', 'latency', scheduleFacts(a), scheduleFacts(b)),
  ];
}

const bothUnknown = { a: 'unknown', b: 'unknown' };

function instrumentFacts({ importedFrom, kvbenchVersion }: RunResult): Facts {
  const { tool, version } = importedFrom ?? { tool: 'kvbench', version: kvbenchVersion };
  return { tool: version === null ? tool : `${tool} ${version}` };
}

function machineFacts(machine: NonNullable<RunResult['machine']>): Facts {
  // Memory beyond what the servers need changes nothing, and cloud machines differ by a few MiB.
  const { memoryBytes: _, ...facts } = machine;
  return facts;
}

function workloadFacts(result: RunResult, shared: ReadonlySet<string>): Facts {
  return {
    ...settingFacts(result, 'all'),
    ...requestFacts(result.targets.filter(({ name }) => shared.has(name))),
  };
}

/** The settings that decide those figures. */
function settingFacts({ config }: RunResult, figures: NonNullable<Setting['fingerprint']>): Facts {
  const keys = settingsByPart.filter((key) => aboutSetting(key).fingerprint === figures);
  return Object.fromEntries(keys.map((key) => [key, config[key]]));
}

/** Request by request and field by field, so that a difference is small enough to be shown. */
function requestFacts(targets: RunResult['targets']): Facts {
  return Object.fromEntries(
    targets.flatMap(({ name, requests }) =>
      requests.requests.flatMap((request) =>
        Object.entries(request).map(([field, value]) => [
          `${name}, request ${request.name}, ${field}`,
          value,
        ]),
      ),
    ),
  );
}

function scheduleFacts(result: RunResult): Facts {
  return { ratePerSecond: result.rate?.ratePerSecond, ...settingFacts(result, 'latency') };
}

function differingKeys(a: Facts, b: Facts): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter(
    (key) => show(a[key]) !== show(b[key]),
  );
}

function show(value: unknown): string {
  if (value === undefined) return 'unknown';
  if (value === null) return 'none';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
