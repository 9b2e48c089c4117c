import type { Command } from 'commander';
import { userPaths } from '../../api/paths.js';
import { plural } from '../../plural.js';
import { formatBytes, oneLine } from '../../report/format.js';
import { reportJson } from '../../report/json.js';
import { cacheLimitBytes, cleanCache } from '../../targets/cache-limit.js';
import type { CommandContext } from '../context.js';
import { durationFlag } from '../flags.js';

/** `kvbench clean`: room on the disk. */
export function defineClean(command: Command, { io }: CommandContext): void {
  command
    .option('--unused <time>', 'only what has not been used for so long, as 24h', durationFlag)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `\nMore than ${formatBytes(cacheLimitBytes)} are never kept: what was unused the longest goes first.`,
    )
    .action(async ({ unused = 0, json }: { unused?: number; json?: boolean }) => {
      const { cache } = userPaths(io.env);
      const gone = await cleanCache(cache, unused);
      if (json) {
        io.stdout.write(reportJson(gone.map(({ name, bytes }) => ({ name, bytes }))));
        return;
      }
      for (const { name, bytes } of gone) {
        io.stdout.write(`${oneLine(name)}: ${formatBytes(bytes)}\n`);
      }
      const bytes = gone.reduce((sum, one) => sum + one.bytes, 0);
      io.stdout.write(
        gone.length === 0
          ? `nothing to remove in ${oneLine(cache)}\n`
          : `freed ${formatBytes(bytes)} of ${oneLine(cache)}: ${plural(gone.length, 'build')}\n`,
      );
    });
}
