import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packagePath } from '../../src/package.js';

/** Which room of `src` imports from which: those on the right of it. A type counts. */
const rooms = `
contract:  .
processes: .
config:    .
plan:      . config
load:      . config contract processes
observe:   .
result:    . config load observe plan
stats:     . config observe plan result
gate:      . config result stats
sweep:     . config load result stats
targets:   . config plan processes result
run:       . config load observe plan result stats targets
costs:     . config load observe processes result run stats targets
k6:        . config load result stats
init:      config
report:    . config contract costs gate plan result stats sweep
doctor:    . observe plan report result stats targets
api:       . config contract costs gate load observe plan processes report result run stats sweep targets
cli:       . api config contract costs doctor gate init k6 observe plan processes report result run stats sweep targets
`;

const root = packagePath('src');
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
);

/** What each file imports of the others, types too. */
const imports = new Map(
  files.map((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const named = [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)\.js'/g)];
    const paths = named.map(([, path = '']) =>
      relative(root, join(root, dirname(file), `${path}.ts`)),
    );
    return [file, paths.filter((path) => files.includes(path))];
  }),
);

const roomOf = (file: string) => (file.includes('/') ? (file.split('/')[0] as string) : '.');

/** The rooms that a room may import from. */
const allowed = new Map(
  rooms
    .trim()
    .split('\n')
    .map((line) => {
      const [room = '', list = ''] = line.split(':');
      return [room, list.trim().split(/\s+/)];
    }),
);

/** Beside the rooms: how programs come in, and what imports all. */
const entrances = ['index.ts', 'internals.ts'];

describe('the rooms of src', () => {
  const found = new Map<string, Set<string>>();
  for (const [file, paths] of imports) {
    for (const path of paths) {
      const [from, to] = [roomOf(file), roomOf(path)];
      if (from === to || from === '.') continue;
      found.set(from, (found.get(from) ?? new Set()).add(to));
    }
  }

  test.each([...found.keys()].sort())(
    '%s imports from those that it may, and no others',
    (room) => {
      expect([...(found.get(room) ?? [])].sort()).toEqual([...(allowed.get(room) ?? [])].sort());
    },
  );

  test('each has a line, in the guide for contributors too', () => {
    expect([...allowed.keys()].sort()).toEqual([...found.keys()].sort());
    expect(readFileSync(packagePath('CONTRIBUTING.md'), 'utf8')).toContain(rooms.trim());
  });

  test('there is no circle of rooms', () => expect(circlesOf(allowed)).toEqual([]));

  test('what stands beside them imports from none', () => {
    const from = (file: string) => (imports.get(file) ?? []).map(roomOf);
    const beside = files.filter((file) => roomOf(file) === '.' && !entrances.includes(file));
    expect(beside.filter((file) => from(file).some((room) => room !== '.'))).toEqual([]);
  });
});

test('no files import each other in a circle', () => {
  // What stands at the top is how programs come in, and imports all.
  expect(circlesOf(imports)).toEqual([]);
});

test('unit tests start no process, thread or server', () => {
  const starts =
    /from '(execa|node:(child_process|cluster|dgram|http|https|net|tls|worker_threads))'/;
  const folder = packagePath('test/unit');
  const tests = readdirSync(folder).filter((file) => !file.startsWith('one-more-'));
  const strays = tests.filter((file) => starts.test(readFileSync(`${folder}/${file}`, 'utf8')));
  expect(strays, 'they belong in test/integration').toEqual([]);
});

/** Groups of nodes of which each leads to each (Tarjan, SIAM Journal on Computing 1, 1972). */
function circlesOf(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (node: string) => {
    order.set(node, order.size);
    low.set(node, order.get(node) as number);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!graph.has(next)) continue;
      if (!order.has(next)) visit(next);
      if (stack.includes(next)) {
        low.set(node, Math.min(low.get(node) as number, low.get(next) as number));
      }
    }
    if (low.get(node) !== order.get(node)) return;
    const circle = stack.splice(stack.indexOf(node));
    if (circle.length > 1) circles.push(circle.sort());
  };
  for (const node of graph.keys()) if (!order.has(node)) visit(node);
  return circles;
}
