/**
 * How a request can fail. `connect`: no connection; `reset`: the connection broke; `timeout`: no
 * answer in time; `protocol`: not HTTP; `status`: another than expected; `mismatch`: a wrong body; `unfinished`: due in the
 * schedule, and never sent because no connection became free in time.
 */
export const errorKinds = [
  'connect',
  'reset',
  'timeout',
  'protocol',
  'status',
  'mismatch',
  'unfinished',
] as const;
export type ErrorKind = (typeof errorKinds)[number];

/** A zero for each kind of error. */
export function noErrors(): Record<ErrorKind, number> {
  return Object.fromEntries(errorKinds.map((kind) => [kind, 0])) as Record<ErrorKind, number>;
}
