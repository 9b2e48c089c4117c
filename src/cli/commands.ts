import type { Command } from 'commander';
import type { CommandContext } from './context.js';

/** Adds to a command what it takes, and what it does. */
type Define = (command: Command, context: CommandContext) => void;

/** A line of the help, and what a command is besides. */
interface Row {
  /** What follows its name in the help. */
  takes: string;
  description: string;
  define: () => Promise<Define>;
}

/**
 * Every command, by the question that it answers and in the order of the help, which needs these lines and
 * nothing else: what a command takes and does is read when a command line names it.
 */
const groups: Readonly<Record<string, Readonly<Record<string, Row>>>> = {
  'Which is faster?': {
    run: {
      takes: '[options]',
      description: 'build servers, prove that they answer alike, load them, print the figures',
      define: async () => (await import('./commands/run.js')).defineRun,
    },
    compare: {
      takes: '[options] <A.json> <B.json>',
      description: 'show two saved results side by side, and what may be said of them',
      define: async () => (await import('./commands/compare.js')).defineCompare,
    },
  },
  'Did a change make it slower?': {
    gate: {
      takes: '[options] [target]',
      description: 'build a target before and after a change; fail if it has become slower',
      define: async () => (await import('./commands/gate.js')).defineGate,
    },
    history: {
      takes: '[options] <results...>',
      description:
        'saved gates in a row: what changed when, and which allowances this machine can hold',
      define: async () => (await import('./commands/history.js')).defineHistory,
    },
  },
  'How much can it take?': {
    sweep: {
      takes: '[options]',
      description: 'raise the load step by step, and find the most that keeps an objective',
      define: async () => (await import('./commands/sweep.js')).defineSweep,
    },
  },
  'What does it cost besides?': {
    costs: {
      takes: '[options] [target...]',
      description: 'what servers cost besides requests: build, size, memory, start, collector',
      define: async () => (await import('./commands/costs.js')).defineCosts,
    },
  },
  'What was measured:': {
    report: {
      takes: '[options] <results...>',
      description: 'show saved results: as a page, as Markdown, as drawings, or as text',
      define: async () => (await import('./commands/report.js')).defineReport,
    },
    export: {
      takes: '',
      description: 'write a load for k6, or a saved result for other tools',
      define: async () => (await import('./commands/export.js')).defineExport,
    },
    import: {
      takes: '[options] <tool> <file>',
      description: 'make a result of what k6 has measured',
      define: async () => (await import('./commands/import.js')).defineImport,
    },
  },
  'Servers, settings, the machine:': {
    init: {
      takes: '[options]',
      description:
        'write a config file for your own server; asks on a terminal, overwrites nothing',
      define: async () => (await import('./commands/init.js')).defineInit,
    },
    config: {
      takes: '[options]',
      description: 'print the settings in force, and where each comes from; takes the flags of run',
      define: async () => (await import('./commands/config.js')).defineConfigCommand,
    },
    check: {
      takes: '[options] [target...]',
      description:
        'prove that servers answer as they must: the HTTP contract, or what the config says',
      define: async () => (await import('./commands/check.js')).defineCheck,
    },
    build: {
      takes: '[options] [target...]',
      description: 'build servers; print build time (cold, without downloads), size and toolchain',
      define: async () => (await import('./commands/build.js')).defineBuild,
    },
    clean: {
      takes: '[options]',
      description: 'remove what builds have left to be used again; results stay',
      define: async () => (await import('./commands/clean.js')).defineClean,
    },
    serve: {
      takes: '[options] <target>',
      description: 'build and start one server; print its address; stop it on Ctrl-C',
      define: async () => (await import('./commands/serve.js')).defineServe,
    },
    targets: {
      takes: '[options]',
      description:
        'list the servers that there are to run: bundled ones, and those of the config file',
      define: async () => (await import('./commands/targets.js')).defineTargets,
    },
    doctor: {
      takes: '[options]',
      description: 'what are figures from this machine worth? toolchains, CPUs, noise, precision',
      define: async () => (await import('./commands/doctor.js')).defineDoctor,
    },
  },
};

export const commandNames: readonly string[] = Object.values(groups).flatMap(Object.keys);

/** Adds every command: the one that the command line names whole, the others as lines of the help. */
export async function addCommands(program: Command, context: CommandContext): Promise<void> {
  const named = namedIn(context.io.args);
  for (const [group, rows] of Object.entries(groups)) {
    program.commandsGroup(group);
    for (const [name, { takes, description, define }] of Object.entries(rows)) {
      const isNamed = name === named;
      const command = program.command(isNamed ? name : `${name} ${takes}`).description(description);
      if (isNamed) (await define())(command, context);
    }
  }
}

/** The first word that is no flag, none of which takes a value before a command; after `help` the next. */
function namedIn(args: readonly string[]): string | undefined {
  const [first, second] = args.filter((arg) => !arg.startsWith('-'));
  return first === 'help' ? second : first;
}
