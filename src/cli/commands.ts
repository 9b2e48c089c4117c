import type { Command } from 'commander';
import type { CommandContext } from './program.js';

type AddCommand = (program: Command, context: CommandContext) => void;

/** Every command, in the order of the help. What one takes is read when it is needed: all take a second. */
const commands: Readonly<Record<string, () => Promise<AddCommand>>> = {
  run: async () => (await import('./commands/run.js')).addRunCommand,
  sweep: async () => (await import('./commands/sweep.js')).addSweepCommand,
  gate: async () => (await import('./commands/gate.js')).addGateCommand,
  compare: async () => (await import('./commands/compare.js')).addCompareCommand,
  report: async () => (await import('./commands/report.js')).addReportCommand,
  check: async () => (await import('./commands/check.js')).addCheckCommand,
  build: async () => (await import('./commands/build.js')).addBuildCommand,
  serve: async () => (await import('./commands/serve.js')).addServeCommand,
  targets: async () => (await import('./commands/targets.js')).addTargetsCommand,
  config: async () => (await import('./commands/config.js')).addConfigCommand,
  init: async () => (await import('./commands/init.js')).addInitCommand,
  doctor: async () => (await import('./commands/doctor.js')).addDoctorCommand,
  export: async () => (await import('./commands/export.js')).addExportCommand,
  import: async () => (await import('./commands/import.js')).addImportCommand,
};

export const commandNames: readonly string[] = Object.keys(commands);

/**
 * The commands that a command line needs: the one that it names, none for the version, and all of them
 * for a help, or to say what a misspelt one may have been.
 */
export async function commandsFor([first]: readonly string[]): Promise<AddCommand[]> {
  if (first === '-V' || first === '--version') return [];
  const named = first !== undefined && Object.hasOwn(commands, first) ? commands[first] : undefined;
  return Promise.all((named ? [named] : Object.values(commands)).map((load) => load()));
}
