import { type Command, InvalidArgumentError } from 'commander';
import type { RequestSet } from '../../config/requests.js';
import type { RunConfig } from '../../config/schema.js';
import { targetSpecs } from '../../config/targets.js';
import { shownUrl } from '../../config/url.js';
import { KvbenchError } from '../../errors.js';
import { exportK6 } from '../../k6/export.js';
import { packageVersion } from '../../package.js';
import { ownerOnly } from '../../result/store.js';
import { parseThreshold } from '../../stats/threshold-expression.js';
import type { CommandContext } from '../context.js';
import { writeExport } from '../export-file.js';
import { wholeNumberFlag } from '../flags.js';
import { chalkFor, type Io } from '../io.js';
import { addLoadFlags, loadRun, type RunFlags } from '../run-flags.js';

interface ExportFlags extends RunFlags {
  url?: string;
  force?: boolean;
  operator?: boolean;
  parallelism?: number;
  namespace?: string;
  name?: string;
}

/** `kvbench export k6`: the same load for generators that run on many machines. */
export function addExportK6Command(group: Command, context: CommandContext): void {
  const { io } = context;
  const command = group
    .command('k6')
    .description('write the load as a script for k6, which can run on many machines')
    .argument('[target]', 'whose requests to send (default: the first of the config file, or go)');
  addLoadFlags(command)
    .optionsGroup('Where to:')
    .option('--url <url>', 'where the server is (default: http://127.0.0.1:8080)')
    .option('--out <file>', 'write to a file that is not there yet (default: standard output)')
    .option('--force', 'write over the file if it is there')
    .optionsGroup('For Kubernetes:')
    .option('--operator', "write manifests for k6's operator: ConfigMap and TestRun")
    .option('--parallelism <n>', 'runners that share the load (default: 1)', positiveFlag)
    .option('--namespace <name>', 'where the operator runs them')
    .option('--name <name>', 'of the ConfigMap and the TestRun (default: kvbench)')
    .action(async (given: string | undefined) => {
      const flags = command.opts<ExportFlags>();
      const name = given ?? (await firstTarget(flags, io));
      const { config, targets } = await loadRun(command, context, { targets: [name] });
      const { findTarget } = await import('../../targets/targets.js');
      return writeScript(config, findTarget(name, targets), flags, io);
    });
}

async function firstTarget({ config }: ExportFlags, io: Io): Promise<string> {
  const { projectFor } = await import('../../api/project.js');
  const [first = 'go'] = targetSpecs(await projectFor(config, io.cwd, io.signal)).keys();
  return first;
}

async function writeScript(
  config: RunConfig,
  target: { name: string; requests: RequestSet },
  flags: ExportFlags,
  io: Io,
): Promise<void> {
  const url = baseUrl(flags.url ?? 'http://127.0.0.1:8080');
  const parallelism = flags.parallelism ?? 1;
  if (!flags.operator) refuseOperatorFlags(flags);
  const { script, warnings } = exportK6({
    config,
    target: target.name,
    requests: target.requests,
    baseUrl: url,
    thresholds: config.failOn.map(parseThreshold),
    parallelism,
    kvbenchVersion: packageVersion,
  });
  const { name = 'kvbench', namespace = null } = flags;
  let text = script;
  if (flags.operator) {
    const { operatorManifest } = await import('../../k6/operator.js');
    text = operatorManifest(script, { name, namespace, parallelism, url });
  }
  const chalk = chalkFor(io.stderr, io.env);
  const tell = () => {
    for (const warning of warnings) io.stderr.write(`${chalk.yellow('warning:')} ${warning}\n`);
  };
  // It has the headers of all requests, as they are sent.
  await writeExport(text, flags, io, { tell, mode: ownerOnly });
}

function refuseOperatorFlags(flags: ExportFlags): void {
  for (const flag of ['parallelism', 'namespace', 'name'] as const) {
    if (flags[flag] === undefined) continue;
    throw new KvbenchError('usage', `--${flag} is for --operator alone.`, 'Add --operator.');
  }
}

function positiveFlag(text: string): number {
  const number = wholeNumberFlag(text);
  if (number < 1 || number > 1000) throw new InvalidArgumentError('Give a number from 1 to 1000.');
  return number;
}

/** An HTTP URL, with a path before that of every request if there is one; without a slash at its end. */
function baseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username) {
    throw new KvbenchError(
      'usage',
      `--url ${JSON.stringify(shownUrl(text))} is not the address of an HTTP server.`,
      'Give it as http://HOST:PORT; credentials belong in the headers of a request.',
    );
  }
  return url.href.replace(/\/+$/, '');
}
