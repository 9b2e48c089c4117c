const bars = { plain: [...'▁▂▃▄▅▆▇█'], ascii: [...'_.-=+*%#'] };

/**
 * Values in one line of at most `width` characters, a character a value or the highest of several;
 * a blank where nothing was measured. From the lowest bar at the least value to a full one at the most.
 */
export function sparkline(
  values: readonly (number | null)[],
  { width, ascii }: { width: number; ascii: boolean },
): string {
  const each = values.length / Math.min(width, Math.max(1, values.length));
  const shown = Array.from({ length: Math.min(width, values.length) }, (_, index) => {
    const part = values
      .slice(
        Math.floor(index * each),
        Math.max(Math.floor(index * each) + 1, Math.floor((index + 1) * each)),
      )
      .filter((value) => value !== null);
    return part.length > 0 ? part.reduce((a, b) => Math.max(a, b)) : null;
  });
  const known = shown.filter((value) => value !== null);
  if (known.length === 0) return '';
  const low = known.reduce((a, b) => Math.min(a, b));
  const high = known.reduce((a, b) => Math.max(a, b));
  const steps = ascii ? bars.ascii : bars.plain;
  const top = steps.length - 1;
  return shown
    .map((value) => {
      if (value === null) return ' ';
      return steps[high > low ? Math.round(((value - low) / (high - low)) * top) : 0] as string;
    })
    .join('');
}
