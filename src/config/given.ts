/** The settings that somebody gave: without those that are there and have no value. */
export function given<T extends object>(settings: T): Partial<T> {
  const entries = Object.entries(settings).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}
