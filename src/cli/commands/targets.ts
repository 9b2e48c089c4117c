import type { Command } from 'commander';
import { printable } from '../../report/format.js';
import { reportJson } from '../../report/json.js';
import { fitted, renderTable } from '../../report/tables.js';
import { addCatalogFlags, type CatalogFlags, loadCatalog } from '../catalog.js';
import { mediumFor } from '../io.js';
import type { CommandContext } from '../program.js';

/** `kvbench targets`: what there is to run. */
export function addTargetsCommand(program: Command, { io }: CommandContext): void {
  const command = program
    .command('targets')
    .description(
      'list the servers that there are to run: bundled ones, and those of the config file',
    )
    .option('--json', 'print JSON');
  addCatalogFlags(command).action(async ({ json, ...flags }: CatalogFlags & { json?: boolean }) => {
    const all = await loadCatalog(flags, io);
    const targets = all.map(({ name, description, builder }) => ({
      name,
      description,
      needs: builder ?? '',
    }));
    if (json) {
      io.stdout.write(reportJson(targets));
      return;
    }
    const rows = targets.map(({ name, description, needs }) => [
      name,
      printable(description),
      needs,
    ]);
    const { chalk, width } = mediumFor(io.stdout, io.env);
    const table = renderTable(['target', 'what it is', 'needs'], rows, { chalk, left: 3 });
    io.stdout.write(`${fitted(table, width)}\n`);
  });
}
