import { Command } from 'commander';
import { expect, test } from 'vitest';
import { addCommands, commandNames } from '../../src/cli/commands.js';

const contextOf = (args: string[]) => ({
  io: {
    args,
    env: {},
    cwd: '/',
    signal: new AbortController().signal,
    stdout: { write: () => true },
    stderr: { write: () => true },
  },
  setExitCode: () => {},
});

/** The commands of a program for this command line. */
async function commandsFor(...args: string[]): Promise<readonly Command[]> {
  const program = new Command();
  await addCommands(program, contextOf(args));
  return program.commands;
}

/** Those that are more than a line of the help. */
const wholeOf = (commands: readonly Command[]) =>
  commands
    .filter(({ options, commands: below }) => options.length + below.length > 0)
    .map((command) => command.name());

test.each(commandNames)('%s is whole where it is named, and no other', async (name) => {
  for (const args of [[name], [name, '--help'], ['help', name], ['--help', name]]) {
    const commands = await commandsFor(...args);
    expect(commands.map((command) => command.name())).toEqual(commandNames);
    expect(wholeOf(commands)).toEqual([name]);
  }
});

test.each([[[]], [['--help']], [['--version']], [['help']], [['rnu']], [['toString']]])(
  'for %j all are lines of the help',
  async (args) => {
    const commands = await commandsFor(...args);
    expect(commands.map((command) => command.name())).toEqual(commandNames);
    expect(wholeOf(commands)).toEqual([]);
  },
);

test.each(commandNames)('the line of %s says what it takes', async (name) => {
  const lineIn = (commands: readonly Command[]) => {
    const command = commands.find((one) => one.name() === name) as Command;
    const help = command.createHelp();
    return [help.subcommandTerm(command), help.subcommandDescription(command)];
  };
  expect(lineIn(await commandsFor())).toEqual(lineIn(await commandsFor(name)));
});

test('each stands below the question that it answers', async () => {
  const commands = await commandsFor();
  const groupOf = (name: string) => commands.find((one) => one.name() === name)?.helpGroup();
  expect(['run', 'gate', 'sweep'].map(groupOf)).toEqual([
    'Which is faster?',
    'Did a change make it slower?',
    'How much can it take?',
  ]);
  for (const name of commandNames) expect(groupOf(name)).toBeTruthy();
});
