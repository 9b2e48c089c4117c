import type { GateResult } from '../../gate/schema.js';
import { plural } from '../../plural.js';
import { formatMs, formatPercent, formatRequestRate } from '../format.js';

/** How many paths are named. */
const shownFiles = 3;

/** In what the two sides differ that may reach the running server, in a sentence; none where that is not known. */
export function describeDifferences({ differences, base, head }: GateResult): string[] {
  if (!differences) return [];
  const { settings, files, moreFiles } = differences;
  const count = files.length + moreFiles;
  const rest = count - Math.min(files.length, shownFiles);
  const names = files.slice(0, shownFiles).join(', ');
  const parts = [
    ...settings,
    ...(count > 0 ? [rest > 0 ? `${names} and ${plural(rest, 'file')} more` : names] : []),
  ];
  if (parts.length > 0) return [`differs in ${parts.join('; ')}`];
  const bytes = base.artifact?.sha256 !== head.artifact?.sha256;
  return bytes ? ['differs in what is built alone'] : [];
}

/** How many rounds of which length, and what the figures are of them, in a sentence; none before the first. */
export function describeRounds({ rounds, load, judgement }: GateResult): string[] {
  if (!load || rounds.length === 0) return [];
  // No look is at them, and so they are part of no figure.
  const fresh = judgement.looks.reduce(
    (sum, { confirmation }) => sum + (confirmation?.rounds.length ?? 0),
    0,
  );
  const dropped = judgement.dropped.length;
  return [
    `${plural(rounds.length, 'round')} of ${formatMs(load.durationMs)} an operation` +
      (fresh > 0 ? `, ${fresh} of them to confirm a suspicion` : '') +
      (dropped > 0 ? `, ${dropped} of them dropped for noise` : '') +
      `, ${formatRequestRate(load.ratePerSecond)} to each; medians over rounds, ` +
      'ratios within a round with exact intervals',
  ];
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
