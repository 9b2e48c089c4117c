import { Command } from 'commander';
import { packageVersion } from '../package.js';
import { printable } from '../report/format.js';
import { addCommands } from './commands.js';
import type { CommandContext } from './context.js';
import { chalkFor } from './io.js';

/** The command line as a commander program that throws where commander would exit. */
export async function createProgram(context: CommandContext): Promise<Command> {
  const { io } = context;
  const chalk = chalkFor(io.stderr, io.env);
  const program = new Command('kvbench')
    .description(
      'Benchmarks HTTP key-value servers: builds them, proves that they answer alike,\n' +
        'loads them, and prints throughput, latency, CPU and memory.',
    )
    .version(packageVersion, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .exitOverride()
    .showHelpAfterError('Run `kvbench --help` for what there is.')
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      getOutHelpWidth: () => Math.min(io.stdout.columns ?? 80, 100),
      getErrHelpWidth: () => Math.min(io.stderr.columns ?? 80, 100),
      outputError: (text, write) => write(printable(text).replace(/^error:/, chalk.red('error:'))),
    })
    .addHelpText(
      'after',
      `
Examples:
  kvbench run                    Rust against Go: 90 s after the build
  kvbench run --quick            a first look, measured within 15 s
  kvbench run --targets rust --connections 64 --operations get
  kvbench run --json | jq .comparisons
  kvbench run --preset ycsb-b --rate 5000
  kvbench run --fail-on 'get.p99>5ms' --fail-on 'ratio(rust/go).p50>1.2'
  kvbench sweep                  how much load do they take, and then?
  kvbench gate go --base main    has this change made it slower?
  kvbench compare a.json b.json  two saved results side by side
  kvbench report a.json --html a.html
                                 a page with charts
  kvbench export k6 --rate 5000  the same load for k6, on many machines
  kvbench doctor                 what are figures from this machine worth?
  kvbench check                  do servers answer as they must?
  kvbench init                   write a config file for a server of your own
  kvbench config                 which settings are in force, and from where?
  kvbench serve go               build and start one server, to try it by hand

Exit codes:
  0    done; every threshold kept, the gate passed or inconclusive
  1    a threshold broken, or a regression
  2    bad usage or configuration
  3    a target did not build, start, or answer as it must
  4    measured, but not to be trusted: answers were wrong or missing, or a
       threshold can't be decided; or the gate, if told to fail on that
  130  interrupted`,
    );
  await addCommands(program, context);
  // After the others, so that it stands below the heading of the last.
  program.helpCommand('help [command]', 'print the help of a command');
  return program;
}
