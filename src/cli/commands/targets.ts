import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { targetGroups } from '../../config/names.js';
import { packagePath } from '../../package.js';
import { printable } from '../../report/format.js';
import { reportJson } from '../../report/json.js';
import { brokenRow, columnGap, fitted, renderTable } from '../../report/tables.js';
import { familyOptions } from '../../targets/family/members.js';
import type { MemberOption } from '../../targets/family/option.js';
import { addCatalogFlags, type CatalogFlags, loadCatalog } from '../catalog.js';
import type { CommandContext } from '../context.js';
import { type Io, mediumFor } from '../io.js';

/** `kvbench targets`: what there is to run. */
export function defineTargets(command: Command, context: CommandContext): void {
  const { io } = context;
  command.option('--json', 'print JSON');
  addCatalogFlags(command).action(async ({ json, ...flags }: CatalogFlags & { json?: boolean }) => {
    const all = await loadCatalog(flags, context);
    const targets = all.map(({ name, description, builder }) => ({
      name,
      description,
      needs: builder ?? '',
    }));
    const options = await listOptions();
    if (json) {
      const members = options.map(({ member, axis, description, why, version }) => ({
        name: member,
        description,
        axis,
        why,
        ...(version !== null && { version }),
      }));
      io.stdout.write(reportJson([...targets, ...members]));
      return;
    }
    const rows = targets.map(({ name, description, needs }) => [
      name,
      printable(description),
      needs,
    ]);
    const { chalk, width = columnsOf(io) } = mediumFor(io.stdout, io.env);
    const table = renderTable(['target', 'what it is', 'needs'], rows, { chalk, left: 3 });
    io.stdout.write(`${fitted(table, width)}\n\n`);
    const named = Math.max(...options.map(({ member }) => member.length));
    const room = Math.min(width, widest) - named - 2 * columnGap;
    const what = Math.max(16, Math.ceil(room * 0.54));
    const broken = options.map(({ axis, member, description, why, version }) => ({
      axis,
      lines: brokenRow(
        [member, version === null ? description : `${description} (${version})`, why],
        [named, what, Math.max(16, room - what)],
      ),
    }));
    const axes = [...new Set(options.map(({ axis }) => axis))];
    const optionRows = axes.flatMap((axis) => [
      ['', '', ''],
      [chalk.dim(`${axis}s`), '', ''],
      ...broken.filter((option) => option.axis === axis).flatMap(({ lines }) => lines),
    ]);
    const second = renderTable(['option', 'what it is', 'why'], optionRows, { chalk, left: 3 });
    io.stdout.write(`${fitted(second, width)}\n\n`);
    const more =
      'Options add up, as rust+mutex+lto; rust@2w has two workers. ' +
      `${targetGroups.join(', ')} stand for several: --targets stores is each with every store.`;
    io.stdout.write(`${fitted(more, width)}\n`);
  });
}

/** Texts that are wider are harder to read, however wide a terminal is. */
const widest = 120;

/** Where there is no terminal: as its user says, or as most are. */
function columnsOf({ env }: Pick<Io, 'env'>): number {
  const columns = Number(env['COLUMNS']);
  return Number.isInteger(columns) && columns > 0 ? columns : 80;
}

/** What the bundled servers can be otherwise, with the versions of what they need. */
function listOptions() {
  const listed = Object.entries(familyOptions).flatMap(([base, all]) =>
    all.map(async (option) => ({
      ...option,
      member: `${base}+${option.name}`,
      version: await versionOf(option),
    })),
  );
  return Promise.all(listed);
}

/** The version of an option's crate or module, as it is locked; null: it has none. */
async function versionOf({ crate, module }: MemberOption): Promise<string | null> {
  if (crate) return versionIn('rust-kv/Cargo.lock', `name = "${crate}"\nversion = "([^"]+)"`);
  if (module) return versionIn(`go-kv/${module.file}`, `${module.path} v(\\S+)`);
  return null;
}

async function versionIn(file: string, pattern: string): Promise<string | null> {
  return new RegExp(pattern).exec(await readFile(packagePath(file), 'utf8'))?.[1] ?? null;
}
