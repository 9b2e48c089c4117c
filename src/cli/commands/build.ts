import type { Command } from 'commander';
import { formatBytes, formatMs } from '../../report/format.js';
import { reportJson } from '../../report/json.js';
import { trainingNotes } from '../../report/provenance.js';
import { fitted, renderTable } from '../../report/tables.js';
import { buildWithStatus } from '../build.js';
import { addCatalogFlags, type CatalogFlags, findTargets } from '../catalog.js';
import type { CommandContext } from '../context.js';
import { mediumFor } from '../io.js';

interface BuildFlags extends CatalogFlags {
  force?: boolean;
  json?: boolean;
}

/** `kvbench build`: build time, size and toolchain of the servers. */
export function defineBuild(command: Command, context: CommandContext): void {
  const { io } = context;
  command
    .argument('[target...]', 'targets to build (default: all)')
    .option('--force', 'build again even if nothing has changed')
    .option('--json', 'print JSON');
  addCatalogFlags(command).action(
    async (names: string[], { force = false, json, ...flags }: BuildFlags) => {
      const targets = await findTargets(names, flags, context);
      const artifacts = await buildWithStatus(targets, io, force);
      if (json) {
        io.stdout.write(reportJson(artifacts));
        return;
      }
      const { chalk, width } = mediumFor(io.stdout, io.env);
      const rows = artifacts.map((artifact) => [
        artifact.target,
        formatMs(artifact.buildMs),
        formatBytes(artifact.sizeBytes),
        artifact.toolchain.split('\n')[0] ?? '',
      ]);
      const head = ['target', 'build time', 'size', 'toolchain'];
      io.stdout.write(`${fitted(renderTable(head, rows, { chalk, left: 4 }), width)}\n\n`);
      for (const note of artifacts.flatMap(trainingNotes)) io.stdout.write(`${note}\n`);
      for (const { target, path } of artifacts) io.stdout.write(`${target}: ${path}\n`);
    },
  );
}
