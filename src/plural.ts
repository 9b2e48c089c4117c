const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** A count and what is counted: `1 round`, `5,000 rounds`. */
export function plural(count: number, noun: string): string {
  const text = grouped.format(count);
  return `${text} ${noun}${text === '1' ? '' : 's'}`;
}
