import type { Command } from 'commander';
import type { CommandContext } from './context.js';

type AddCommand = (program: Command, context: CommandContext) => void;

/**
 * Every command, by the question that it answers and in the order of the help. What one takes is read
 * when it is needed: all take a second.
 */
const groups: Readonly<Record<string, Readonly<Record<string, () => Promise<AddCommand>>>>> = {
  'Which is faster?': {
    run: async () => (await import('./commands/run.js')).addRunCommand,
    compare: async () => (await import('./commands/compare.js')).addCompareCommand,
  },
  'Did a change make it slower?': {
    gate: async () => (await import('./commands/gate.js')).addGateCommand,
    history: async () => (await import('./commands/history.js')).addHistoryCommand,
  },
  'How much can it take?': {
    sweep: async () => (await import('./commands/sweep.js')).addSweepCommand,
  },
  'What does it cost besides?': {
    costs: async () => (await import('./commands/costs.js')).addCostsCommand,
  },
  'What was measured:': {
    report: async () => (await import('./commands/report.js')).addReportCommand,
    export: async () => (await import('./commands/export.js')).addExportCommand,
    import: async () => (await import('./commands/import.js')).addImportCommand,
  },
  'Servers, settings, the machine:': {
    init: async () => (await import('./commands/init.js')).addInitCommand,
    config: async () => (await import('./commands/config.js')).addConfigCommand,
    check: async () => (await import('./commands/check.js')).addCheckCommand,
    build: async () => (await import('./commands/build.js')).addBuildCommand,
    clean: async () => (await import('./commands/clean.js')).addCleanCommand,
    serve: async () => (await import('./commands/serve.js')).addServeCommand,
    targets: async () => (await import('./commands/targets.js')).addTargetsCommand,
    doctor: async () => (await import('./commands/doctor.js')).addDoctorCommand,
  },
};

/** A command to be added, and the heading that it stands below in the help. */
interface GroupedCommand {
  name: string;
  group: string;
  load: () => Promise<AddCommand>;
}

const commands: readonly GroupedCommand[] = Object.entries(groups).flatMap(([group, own]) =>
  Object.entries(own).map(([name, load]) => ({ name, group, load })),
);

export const commandNames: readonly string[] = commands.map(({ name }) => name);

/**
 * Adds the commands that a command line needs: the one that it names, none for the version, and all of
 * them for a help, or to say what a misspelt one may have been.
 */
export async function addCommands(program: Command, context: CommandContext): Promise<void> {
  const [first] = context.io.args;
  if (first === '-V' || first === '--version') return;
  const named = commands.filter(({ name }) => name === first);
  const needed = named.length > 0 ? named : commands;
  const adders = await Promise.all(needed.map(({ load }) => load()));
  for (const [index, add] of adders.entries()) {
    program.commandsGroup(needed[index]?.group ?? '');
    add(program, context);
  }
}
