import type { Command } from 'commander';
import { executeCosts } from '../../api/costs.js';
import { prepareCosts } from '../../api/costs-request.js';
import { costParts } from '../../costs/figures.js';
import { type CostSettings, type CostsResult, defaultCostSettings } from '../../costs/schema.js';
import { formatCount } from '../../report/format.js';
import { costsKind } from '../../report/kinds/costs.js';
import { known } from '../../report/kinds/kind.js';
import { summaryMarkdown } from '../../report/markdown.js';
import { documentText } from '../../report/text.js';
import type { CommandContext } from '../context.js';
import { listFlag, wholeNumberFlag } from '../flags.js';
import { measureCommand, type Telling } from '../measure-command.js';
import { groups, oneNumberOfWorkers, readVariables } from '../run-flags.js';
import { addSetting, addSettings } from '../setting-flags.js';

/** `10000,1000000,max`. */
function heapsFlag(text: string): CostSettings['heaps'] {
  return listFlag(text).map((heap) => (heap === 'max' ? heap : wholeNumberFlag(heap)));
}

interface CostsFlags extends Partial<Omit<CostSettings, 'parts'>> {
  targets?: string[];
  only?: CostSettings['parts'];
  config?: string;
  workers?: number;
  engine?: string;
  json?: boolean;
  out?: string;
}

/** `kvbench costs`: what does a service cost besides its requests? */
export function defineCosts(command: Command, context: CommandContext): void {
  const d = defaultCostSettings;
  command
    .argument('[target...]', 'targets to measure (default: those of the config, or rust and go)')
    .optionsGroup('What is measured:')
    .option('--only <list>', `parts alone: ${costParts.join(', ')}`, listFlag)
    .option('--targets <list>', 'the same as the arguments, as run takes them', listFlag)
    .option('--config <file>', 'config file (default: the nearest kvbench.config.*)')
    .optionsGroup('How much of it:')
    .option('--rounds <n>', `of each figure (default: ${d.rounds})`, wholeNumberFlag)
    .option('--builds <n>', `cold builds of each (default: ${d.builds})`, wholeNumberFlag)
    .option('--jobs <list>', 'time cold builds by so many jobs at once too: 1,2', jobsFlag);
  addSetting(command, 'keys', `the most to store (default: ${formatCount(d.keys)})`);
  command.option(
    '--heaps <list>',
    `keys held beside the collector, max: as many as fit (default: ${d.heaps.join()})`,
    heapsFlag,
  );
  addSetting(command, 'valueSize', `of the values (default: ${d.valueSize.minBytes})`);
  addSetting(command, 'connections', `the most idle ones (default: ${formatCount(d.connections)})`);
  addSettings(command.optionsGroup(groups.machine), 'machine', { workers: oneNumberOfWorkers });
  addSetting(command, 'seed', 'of all that is drawn (default: another each time)')
    .optionsGroup('The output:')
    .option('--json', 'print the result as JSON, and nothing else on stdout')
    .option('--out <file>', 'where to save the result (default: the state directory)')
    .addHelpText('after', examples)
    .action((targets: string[]) => run(targets, command, context));
}

function jobsFlag(text: string): number[] {
  return listFlag(text).map(wholeNumberFlag);
}

const examples = `
Examples:
  kvbench costs                          rust and go, all of it: some minutes
  kvbench costs --only memory,start
  kvbench costs go go+gogc50 go+gogc400 go+nogc --only collector
  kvbench costs --only collector --heaps 10000,1000000,max
  kvbench costs api --only build         a server of the config file
  kvbench costs --only build --jobs 1,2,4

docs/costs.md says how each figure is measured.`;

async function run(
  names: readonly string[],
  command: Command,
  context: CommandContext,
): Promise<void> {
  const { io } = context;
  const flags: CostsFlags = { ...readVariables(command, io.env), ...command.opts<CostsFlags>() };
  const { config, workers, engine, rounds, builds, jobs, keys, heaps } = flags;
  const { valueSize, connections, seed } = flags;
  const prepared = await prepareCosts({
    ...(config !== undefined && { config }),
    bundled: context.bundled,
    cwd: io.cwd,
    signal: io.signal,
    targets: [...names, ...(flags.targets ?? [])],
    settings: { workers, engine, seed },
    costs: { parts: flags.only, rounds, builds, jobs, keys, heaps, valueSize, connections },
  });
  const telling: Telling<CostsResult> = {
    kind: 'costs',
    text: ([result], options) => documentText(known(costsKind, result), options),
    github: ([result]) => ({ annotations: '', summary: summaryMarkdown(known(costsKind, result)) }),
  };
  await measureCommand(context, flags, telling, ({ measure }) =>
    measure((call) => executeCosts({ ...prepared, ...call })),
  );
}
