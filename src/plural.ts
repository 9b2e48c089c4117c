/**
 * A whole number with separators: `45,806`. Not by `Intl`: the first of its formats takes half as long as Node
 * to start, and every command needs one.
 */
export function grouped(value: number): string {
  return value.toFixed(0).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** A count and what is counted: `1 round`, `5,000 rounds`. */
export function plural(count: number, noun: string): string {
  const text = grouped(count);
  return `${text} ${noun}${text === '1' ? '' : 's'}`;
}
