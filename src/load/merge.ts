import { decodeHistogram, encodeHistogram } from '../histogram.js';
import { type ErrorKind, noErrors } from './error-kinds.js';
import type { LiveFigures, LoadOutcome, ReadBackOutcome, TransferOutcome } from './protocol.js';
import { mergeIntervals, mergeTimelines } from './timeline.js';

/** What several generators did, as if one had: counts add up. The list must not be empty. */
export function mergeTransfer(parts: readonly TransferOutcome[]): TransferOutcome {
  const errors = noErrors();
  for (const part of parts) {
    for (const kind of Object.keys(errors) as ErrorKind[]) errors[kind] += part.errors[kind];
  }
  return {
    planned: sum(parts, (part) => part.planned),
    answered: sum(parts, (part) => part.answered),
    errors,
    firstError: parts.find((part) => part.firstError !== null)?.firstError ?? null,
    retried: sum(parts, (part) => part.retried),
    hung: parts.some((part) => part.hung),
  };
}

/** Null if none of them had anything to read. */
export function mergeReadBack(parts: readonly (ReadBackOutcome | null)[]): ReadBackOutcome | null {
  const present = parts.filter((part) => part !== null);
  if (present.length === 0) return null;
  return { ...mergeTransfer(present), lost: sum(present, (part) => part.lost) };
}

/** Target by target: histograms are added, times are those of the slowest, CPU adds up. */
export function mergeLoad(parts: readonly LoadOutcome[][]): LoadOutcome[] {
  const [first = []] = parts;
  if (parts.length === 1) return first;
  return first.map((_, index) => mergeOutcomes(parts.map((part) => part[index] as LoadOutcome)));
}

/** The live figures of all generators; a target that one of them has not told of counts without it. */
export function mergeLive(parts: readonly LiveFigures[][]): LiveFigures[] {
  const targets = [...new Set(parts.flat().map(({ target }) => target))];
  return targets.map((target) => ({
    target,
    ...mergeIntervals(parts.flat().filter((figures) => figures.target === target)),
  }));
}

function mergeOutcomes(parts: readonly LoadOutcome[]): LoadOutcome {
  const add = (read: (part: LoadOutcome) => number) => sum(parts, read);
  return {
    ...mergeTransfer(parts),
    windowMs: max(parts, (part) => part.windowMs),
    requestsPerSecond: add((part) => part.requestsPerSecond),
    sentInWindow: add((part) => part.sentInWindow),
    byName: addByName(parts.map((part) => part.byName)),
    misses: add((part) => part.misses),
    connectionsOpened: add((part) => part.connectionsOpened),
    sentBytes: add((part) => part.sentBytes),
    receivedBytes: add((part) => part.receivedBytes),
    serviceTime: mergeHistograms(parts.map((part) => part.serviceTime)) ?? '',
    responseTime: mergeHistograms(parts.map((part) => part.responseTime)),
    scheduleLag: mergeHistograms(parts.map((part) => part.scheduleLag)),
    undisturbedTime: mergeHistograms(parts.map((part) => part.undisturbedTime)),
    parts: mergeParts(parts),
    censored: mergeCensored(parts.flatMap(({ censored }) => censored ?? [])),
    timeline: mergeTimelines(parts.map((part) => part.timeline)),
    generator: {
      cpuUs: add((part) => part.generator.cpuUs),
      utilization: max(parts, (part) => part.generator.utilization),
      elapsedMs: max(parts, (part) => part.generator.elapsedMs),
      stalledMs: max(parts, (part) => part.generator.stalledMs),
      longestStallMs: max(parts, (part) => part.generator.longestStallMs),
      disturbed: add((part) => part.generator.disturbed),
    },
  };
}

/** Null if one of those that had an answer was told of no arrival. */
function mergeParts(outcomes: readonly LoadOutcome[]): LoadOutcome['parts'] {
  const parts = outcomes.filter(({ answered }) => answered > 0).map(({ parts }) => parts);
  const told = parts.filter((part) => part !== null);
  if (told.length === 0 || told.length < parts.length) return null;
  return {
    stamped: sum(told, (part) => part.stamped),
    waiting: mergeHistograms(told.map((part) => part.waiting)),
    server: mergeHistograms(told.map((part) => part.server)) ?? '',
    pickedUp: mergeHistograms(told.map((part) => part.pickedUp)) ?? '',
    ours: mergeHistograms(told.map((part) => part.ours)) ?? '',
    theirs: mergeHistograms(told.map((part) => part.theirs)),
  };
}

function mergeCensored(
  parts: readonly NonNullable<LoadOutcome['censored']>[],
): LoadOutcome['censored'] {
  if (parts.length === 0) return null;
  return {
    count: sum(parts, ({ count }) => count),
    atLeastMs: Math.min(...parts.map(({ atLeastMs }) => atLeastMs)),
  };
}

function addByName(parts: readonly Record<string, number>[]): Record<string, number> {
  const names = [...new Set(parts.flatMap((part) => Object.keys(part)))];
  return Object.fromEntries(names.map((name) => [name, sum(parts, (part) => part[name] ?? 0)]));
}

function mergeHistograms(encoded: readonly (string | null)[]): string | null {
  const [first, ...others] = encoded.filter((text) => text !== null).map(decodeHistogram);
  if (!first) return null;
  for (const other of others) first.add(other);
  return encodeHistogram(first);
}

function sum<T>(items: readonly T[], read: (item: T) => number): number {
  return items.reduce((total, item) => total + read(item), 0);
}

function max<T>(items: readonly T[], read: (item: T) => number): number {
  return Math.max(...items.map(read));
}
