/**
 * Which of several hypotheses are rejected when the chance of one false rejection or more is to be
 * at most `alpha`, whatever depends on what: Holm's step-down procedure (Scandinavian Journal of
 * Statistics 6, 1979). The order of the p-values is kept.
 */
export function holm(pValues: readonly number[], alpha: number): boolean[] {
  const rejected = pValues.map(() => false);
  const ascending = pValues
    .map((pValue, index) => ({ pValue, index }))
    .sort((a, b) => a.pValue - b.pValue);
  for (const [step, { pValue, index }] of ascending.entries()) {
    if (pValue > alpha / (pValues.length - step)) break;
    rejected[index] = true;
  }
  return rejected;
}
