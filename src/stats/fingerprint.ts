import { aboutSetting, settingsByPart } from '../config/flags.js';
import type { Measure } from '../config/schema.js';
import type { Setting } from '../config/settings/setting.js';
import type { Machine, RunResult } from '../result/schema.js';

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
  return [
    ...differing('instrument', null, instrumentFacts(a), instrumentFacts(b)),
    ...machineDifferences(a.machine, b.machine),
    ...differing('placement', null, a.placement ?? {}, b.placement ?? {}),
    ...differing('workload', null, workloadFacts(a, b), workloadFacts(b, a)),
    ...differing('workload', 'latency', scheduleFacts(a), scheduleFacts(b)),
  ];
}

function instrumentFacts({ importedFrom, kvbenchVersion }: RunResult): Facts {
  const { tool, version } = importedFrom ?? { tool: 'kvbench', version: kvbenchVersion };
  return { tool: version === null ? tool : `${tool} ${version}` };
}

/** In what two machines differ; one that nobody has described is not known to be the same. */
function machineDifferences(a: RunResult['machine'], b: RunResult['machine']): Difference[] {
  if (a && b) return differing('machine', null, machineFacts(a), machineFacts(b));
  const [shownA, shownB] = [show(a?.cpuModel), show(b?.cpuModel)];
  return [{ about: 'machine', what: 'machine', measure: null, a: shownA, b: shownB }];
}

function machineFacts(machine: Machine): Facts {
  // Memory beyond what the servers need changes nothing, and cloud machines differ by a few MiB.
  const { memoryBytes: _, ...facts } = machine;
  return facts;
}

/** Settings, and the requests of those targets that the other run has, too. */
function workloadFacts(result: RunResult, other: RunResult): Facts {
  const names = new Set(other.targets.map(({ name }) => name));
  return {
    ...settingFacts(result, 'all'),
    ...requestFacts(result.targets.filter(({ name }) => names.has(name))),
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

function differing(
  about: Difference['about'],
  measure: Measure | null,
  a: Facts,
  b: Facts,
): Difference[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((what) => JSON.stringify(a[what]) !== JSON.stringify(b[what]))
    .map((what) => ({ about, what, measure, a: show(a[what]), b: show(b[what]) }));
}

function show(value: unknown): string {
  if (value === undefined) return 'unknown';
  if (value === null) return 'none';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
