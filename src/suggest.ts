import { closest, distance } from 'fastest-levenshtein';

/** `Did you mean X?` where one is near, and all there are; `full` writes out the one that is meant. */
export function suggest(
  name: string,
  known: readonly string[],
  heading: string,
  full = (near: string) => near,
): string {
  const names = [...new Set(known)];
  if (names.length === 0) return `${heading}: none.`;
  const near = closest(name.toLowerCase(), names);
  const likely = distance(name.toLowerCase(), near.toLowerCase()) <= Math.max(2, name.length / 3);
  return `${likely ? `Did you mean ${full(near)}? ` : ''}${heading}: ${names.join(', ')}.`;
}
