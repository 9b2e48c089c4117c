import { Command } from 'commander';
import { expect, test } from 'vitest';
import { addCommands, commandNames } from '../../src/cli/commands.js';

const contextOf = (args: string[]) => ({
  io: {
    ...{ args, env: {}, cwd: '/', signal: new AbortController().signal },
    ...{ stdout: { write: () => true }, stderr: { write: () => true } },
  },
  setExitCode: () => {},
});

async function namesFor(...args: string[]): Promise<string[]> {
  const program = new Command();
  await addCommands(program, contextOf(args));
  return program.commands.map((command) => command.name());
}

test.each(commandNames)('%s takes itself alone', async (name) => {
  expect(await namesFor(name, '--help')).toEqual([name]);
});

test.each([[[]], [['--help']], [['help', 'run']], [['rnu']], [['toString']]])(
  '%j takes all',
  async (args) => {
    expect(await namesFor(...args)).toEqual(commandNames);
  },
);

test('each stands below the question that it answers', async () => {
  const program = new Command();
  await addCommands(program, contextOf([]));
  const groupOf = (name: string) =>
    program.commands.find((command) => command.name() === name)?.helpGroup();
  expect(['run', 'gate', 'sweep'].map(groupOf)).toEqual([
    'Which is faster?',
    'Did a change make it slower?',
    'How much can it take?',
  ]);
  for (const name of commandNames) expect(groupOf(name)).toBeTruthy();
});

test('the version takes none', async () => {
  expect(await namesFor('--version')).toEqual([]);
});
