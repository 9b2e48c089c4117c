/** The machine's clock, in ms: the same in every process, and never set. */
export function hrtimeMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
