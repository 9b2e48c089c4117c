/** Whether an interval of ratios lies within the precision around 1, either way: what it is of is the same. */
export function isSame({ low, high }: { low: number; high: number }, precision: number): boolean {
  return low >= 1 / (1 + precision) && high <= 1 + precision;
}
