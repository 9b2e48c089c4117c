import { createRandom, deriveSeed, type Random, shuffled } from '../random.js';

/** How many targets each block of a round has: `most` or fewer (it may be infinite), the same but for one. */
export function blockSizes(targets: number, most: number): number[] {
  const blocks = Math.max(1, Math.ceil(targets / Math.max(1, most)));
  return Array.from({ length: blocks }, (_, block) => Math.floor((targets + block) / blocks));
}

/**
 * Deals targets out to the blocks of a round, by its number: each is in one block of every round, and over
 * rounds every pair shares a block about equally often (a resolvable incomplete block design). The same
 * seed deals the same, whichever rounds are asked for, and in whatever order.
 */
export function dealBlocks(
  targets: readonly string[],
  most: number,
  seed: number,
): (round: number) => string[][] {
  const sizes = blockSizes(targets.length, most);
  const met = targets.map(() => new Uint16Array(targets.length));
  const dealt: string[][][] = [];
  const deal = (round: number): string[][] => {
    const random = createRandom(deriveSeed(seed, 1, round));
    if (sizes.length < 2) return [shuffled(targets, random)];
    const blockOf = drawRound(sizes, met, random);
    for (const [one, own] of met.entries()) {
      for (const other of own.keys()) {
        if (one !== other && blockOf[one] === blockOf[other]) own[other] = (own[other] ?? 0) + 1;
      }
    }
    // In an order that does not follow from how the blocks were found.
    const order = shuffled([...targets.keys()], random);
    return sizes.map((_, block) =>
      order
        .filter((target) => blockOf[target] === block)
        .map((target) => targets[target] as string),
    );
  };
  return (round) => {
    while (dealt.length < round) dealt.push(deal(dealt.length + 1));
    return dealt[round - 1] as string[][];
  };
}

/**
 * Blocks drawn at random; then targets change places for as long as those who share a block have met less
 * often for it. The squares of all counts then grow the least, so that these stay as equal as exchanges
 * can make them. Gives the block of each target.
 */
function drawRound(sizes: readonly number[], met: readonly Uint16Array[], random: Random) {
  const times = (one: number, other: number) => met[one]?.[other] ?? 0;
  const order = shuffled([...met.keys()], random);
  const blockOf = new Uint16Array(order.length);
  let start = 0;
  for (const [block, size] of sizes.entries()) {
    for (const target of order.slice(start, start + size)) blockOf[target] = block;
    start += size;
  }
  /** How often a target has met those of a block. */
  const meetings = order.map((_, target) => {
    const sums = sizes.map(() => 0);
    for (const other of order) {
      const block = blockOf[other] as number;
      sums[block] = (sums[block] ?? 0) + times(target, other);
    }
    return sums;
  });
  const of = (target: number, block: number) => meetings[target]?.[block] ?? 0;
  const exchange = (one: number, other: number): boolean => {
    const [from, to] = [blockOf[one] as number, blockOf[other] as number];
    const now = of(one, from) + of(other, to);
    const then = of(one, to) + of(other, from) - 2 * times(one, other);
    if (from === to || then >= now) return false;
    blockOf[one] = to;
    blockOf[other] = from;
    for (const [target, sums] of meetings.entries()) {
      const moved = times(target, one) - times(target, other);
      sums[from] = (sums[from] ?? 0) - moved;
      sums[to] = (sums[to] ?? 0) + moved;
    }
    return true;
  };
  let isBetter = true;
  while (isBetter) {
    isBetter = false;
    for (const one of order) {
      for (const other of order) isBetter = exchange(one, other) || isBetter;
    }
  }
  return blockOf;
}
