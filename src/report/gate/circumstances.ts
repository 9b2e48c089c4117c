import type { GateResult } from '../../gate/schema.js';
import { plural } from '../../plural.js';
import { formatPercent } from '../format.js';

/** How many paths are named. */
const shownFiles = 3;

/** In what the two sides differ that may reach the running server; null where that is not known. */
export function differencesText({ differences, base, head }: GateResult): string | null {
  if (!differences) return null;
  const { settings, files, moreFiles } = differences;
  const count = files.length + moreFiles;
  const rest = count - Math.min(files.length, shownFiles);
  const names = files.slice(0, shownFiles).join(', ');
  const parts = [
    ...settings,
    ...(count > 0 ? [rest > 0 ? `${names} and ${plural(rest, 'file')} more` : names] : []),
  ];
  if (parts.length > 0) return `differs in ${parts.join('; ')}`;
  const bytes = base.artifact?.sha256 !== head.artifact?.sha256;
  return bytes ? 'differs in what is built alone' : null;
}

/** What a reader must know of the machine: how busy it was, and what could not show on it. */
export function circumstances({ rounds, load }: GateResult): string[] {
  const known = rounds.flatMap(({ noise }) => (noise ? [noise] : []));
  const mean = (read: (noise: (typeof known)[number]) => number) =>
    formatPercent(known.reduce((sum, noise) => sum + read(noise), 0) / known.length);
  const busy =
    known.length === 0
      ? []
      : [
          `meanwhile others used ${mean(({ othersShare }) => othersShare)} of the CPUs, and ${mean(({ stealShare }) => stealShare)} was taken by other machines`,
        ];
  const alone =
    load?.serverCpus === 1
      ? ['each server had one CPU, so waiting for locks could not show in any figure']
      : [];
  return [...busy, ...alone];
}
