import type { Artifact } from '../result/schema.js';
import type { StartOptions } from '../targets/target.js';
import type { Io } from './io.js';
import type { StatusLine } from './status.js';

/** How a server is started that is not measured: on any CPU and a free port; warnings are shown. */
export function startOnce(
  instance: string,
  artifact: Artifact | null,
  io: Io,
  status: StatusLine,
): StartOptions {
  return {
    ...{ instance, artifact },
    ...{ port: 0, workers: null, cpus: null, signal: io.signal },
    onWarning: ({ message, advice }) => status.log(`warning: ${message} ${advice}`),
  };
}
