import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadProject } from '../../src/api/project.js';
import { targetSpecs } from '../../src/config/targets.js';
import { cli } from '../helpers/cli.js';
import { directoryWith } from '../helpers/project.js';

const removals: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const remove of removals.splice(0)) await remove();
});

async function dirWith(files: Record<string, string>): Promise<string> {
  const { dir, remove } = await directoryWith(files);
  removals.push(remove);
  return dir;
}

const init = (cwd: string, ...args: string[]) => cli(['init', ...args], { cwd, env: {} });
const configName = 'kvbench.config.jsonc';

async function specIn(dir: string) {
  const specs = [...targetSpecs(await loadProject(dir, null)).values()];
  expect(specs).toHaveLength(1);
  return specs[0];
}

const packageJson = (scripts: object) => JSON.stringify({ name: '@acme/Shop API', scripts });
const env = { PORT: '{port}' };

describe('what is written works', () => {
  test.each<[string, Record<string, string>, string[], object]>([
    [
      'node with a start script',
      { 'package.json': packageJson({ start: 'node src/main.js --fast' }) },
      [],
      {
        name: 'shop-api',
        settings: { start: { command: ['node', 'src/main.js', '--fast'], env } },
      },
    ],
    [
      'node with a start script that needs npm',
      { 'package.json': packageJson({ start: 'NODE_ENV=production node "my server.js"' }) },
      [],
      { settings: { start: { command: ['npm', 'run', '--silent', 'start'], env } } },
    ],
    [
      'node with a main file',
      { 'package.json': '{"main":"lib/x.js"}' },
      ['--name', 'x'],
      { name: 'x', settings: { start: { command: ['node', 'lib/x.js'] } } },
    ],
    [
      'node with a main file that is not there, as npm init writes it',
      { 'package.json': '{"main":"index.js"}', 'server.js': '' },
      ['--name', 'x'],
      { settings: { start: { command: ['node', 'server.js'] } } },
    ],
    [
      'node with a likely file, and a broken package.json',
      { 'package.json': '{', 'index.js': '' },
      ['--name', 'x'],
      { settings: { start: { command: ['node', 'index.js'] } } },
    ],
    [
      'go',
      { 'go.mod': 'module example.com/acme/rust/v2\n\ngo 1.26\n', 'main.go': '' },
      [],
      {
        name: 'my-rust',
        settings: {
          build: { command: ['go', 'build', '-trimpath', '-o', '.kvbench/server', '.'] },
          start: { command: ['{artifact}'], env },
        },
      },
    ],
    [
      'go with its program in cmd/',
      { 'go.mod': 'module shop', 'cmd/api/main.go': '' },
      [],
      {
        settings: {
          build: { command: ['go', 'build', '-trimpath', '-o', '.kvbench/server', './cmd/api'] },
        },
      },
    ],
    [
      'rust',
      { 'Cargo.toml': '[package] # us\nname = "shop"\n[dependencies]\nname = "no"\n' },
      [],
      { name: 'shop', settings: { build: { artifact: 'target/release/shop' } } },
    ],
    [
      'rust with a binary of another name',
      { 'Cargo.toml': '[package]\nname = "shop"\n[[bin]]\nname = "shopd"\npath = "src/d.rs"\n' },
      [],
      { name: 'shopd', settings: { build: { artifact: 'target/release/shopd' } } },
    ],
    [
      'node with dependencies and a build',
      {
        'package.json': '{"name":"x","scripts":{"build":"tsc"},"dependencies":{"express":"5"}}',
        'package-lock.json': '{}',
      },
      [],
      {
        settings: {
          setup: {
            command: ['npm', 'ci'],
            inputs: ['package.json', 'package-lock.json'],
            keep: ['node_modules'],
          },
          build: { command: ['npm', 'run', '--silent', 'build'] },
          start: { inputs: ['**', '!**/*.md', '!node_modules/**'] },
        },
      },
    ],
    [
      'python',
      { 'requirements.txt': 'flask\n', 'main.py': '' },
      ['--name', 'shop'],
      {
        settings: {
          setup: { keep: ['.packages'], inputs: ['requirements.txt'] },
          start: { command: ['python3', 'main.py'], env: { ...env, PYTHONPATH: '.packages' } },
        },
      },
    ],
    [
      'python with a project, all of which is installed',
      { 'pyproject.toml': '', 'src/app.py': '' },
      ['--name', 'shop'],
      {
        settings: {
          setup: { inputs: ['**', '!**/*.md', '!.packages/**'] },
          start: { command: ['python3', 'src/app.py'] },
        },
      },
    ],
    [
      'python with fastapi, which has a server of its own',
      { 'requirements.txt': 'fastapi[standard]==0.115\n', 'src/app.py': '' },
      ['--name', 'shop'],
      {
        settings: {
          start: { command: ['python3', '-m', 'uvicorn', 'src.app:app', '--port', '{port}'] },
        },
      },
    ],
    [
      'python with django',
      { 'requirements.txt': 'Django\n', 'manage.py': '' },
      ['--name', 'shop'],
      {
        settings: {
          start: { command: ['python3', 'manage.py', 'runserver', '--noreload', '{addr}'] },
        },
      },
    ],
    [
      'ruby',
      { Gemfile: '', 'server.rb': '' },
      ['--name', 'shop'],
      { settings: { start: { command: ['bundle', 'exec', 'ruby', 'server.rb'], env } } },
    ],
    [
      'ruby with rack',
      { Gemfile: '', 'config.ru': '' },
      ['--name', 'shop'],
      {
        settings: {
          start: {
            command: ['bundle', 'exec', 'rackup', '--host', '127.0.0.1', '--port', '{port}'],
            env: { RACK_ENV: 'production' },
          },
        },
      },
    ],
    [
      'java, whatever its parent and its dependencies are called',
      {
        'pom.xml':
          '<project><parent><artifactId>p</artifactId><version>9</version></parent><artifactId>shop</artifactId><version>1.2</version><dependencies><dependency><artifactId>d</artifactId><version>3</version></dependency></dependencies></project>',
      },
      [],
      { name: 'shop', settings: { build: { artifact: 'target/shop-1.2.jar' } } },
    ],
    [
      'java with Spring Boot',
      {
        'pom.xml':
          '<project><parent><groupId>org.springframework.boot</groupId><artifactId>p</artifactId></parent><artifactId>shop</artifactId><version>1</version></project>',
      },
      [],
      {
        settings: { start: { command: ['java', '-jar', '{artifact}', '--server.port={port}'] } },
      },
    ],
    [
      'php',
      { 'composer.json': '{}', 'public/index.php': '' },
      ['--name', 'shop'],
      { settings: { start: { command: ['php', '-S', '{addr}', '-t', 'public'] } } },
    ],
    [
      'a command that takes the port',
      {},
      ['--command', ' bin/serve  --port={port} '],
      { name: 'serve', settings: { start: { command: ['bin/serve', '--port={port}'] } } },
    ],
    [
      'an address',
      {},
      ['--url', 'http://127.0.0.1:9'],
      { settings: { url: 'http://127.0.0.1:9' } },
    ],
  ])('for %s', async (_, files, flags, expected) => {
    const dir = await dirWith(files);
    const { code, stdout, stderr } = await init(dir, ...flags);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`wrote ${configName}`);
    expect(stdout).toContain('kvbench run --quick');
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
    const spec = await specIn(dir);
    expect(spec).toMatchObject({ ...expected, dir, contract: false });
    const { requests, preload } = spec?.requests ?? {};
    expect(requests).toMatchObject([{ name: 'root', method: 'GET', path: '/' }]);
    expect(preload).toBeNull();
    expect((await cli(['config'], { cwd: dir, env: {} })).code).toBe(0);
  });

  test('with --contract', async () => {
    const dir = await dirWith({ 'go.mod': 'module shop' });
    await init(dir, '--contract');
    expect(await specIn(dir)).toMatchObject({ contract: true, requests: { preload: 'post' } });
  });

  test('and so does everything that its comments propose', async () => {
    for (const contract of ['--contract', '--no-contract']) {
      const dir = await dirWith({ 'go.mod': 'module shop' });
      await init(dir, contract);
      const text = await readFile(join(dir, configName), 'utf8');
      // Of prose every line begins like a sentence or goes on with one; of JSON with a mark.
      const open = text.replace(/^( +)\/\/ ( *["}])/gm, '$1$2');
      expect(open).not.toBe(text);
      const project = await loadProject(await dirWith({ [configName]: open }), null);
      expect(project.file.run).toMatchObject({ rate: 500, connections: 16 });
      const spec = targetSpecs(project).get('shop');
      expect(spec?.settings.ready).toEqual({ http: '/health' });
      const names = spec?.requests.requests.map(({ name }) => name);
      expect(names).toEqual(contract === '--contract' ? ['get', 'post'] : ['put', 'get', 'root']);
    }
  });

  test('a workflow that may only read, and runs no text of anybody', async () => {
    const dir = await dirWith({ 'services/api/package.json': packageJson({ start: 'node x' }) });
    const { stdout } = await init(dir, '--dir', 'services/api', '--ci', 'github');
    expect(stdout).toContain('wrote .github/workflows/kvbench.yml');
    const text = await readFile(join(dir, '.github/workflows/kvbench.yml'), 'utf8');
    const workflow = parse(text);
    expect(workflow.permissions).toEqual({ contents: 'read' });
    const job = workflow.jobs.kvbench;
    expect(job.defaults.run['working-directory']).toBe('services/api');
    const commands = job.steps.flatMap(({ run }: { run?: string }) => run ?? []);
    expect(commands).toEqual(['npx --yes --package "$KVBENCH_PACKAGE" kvbench gate --base HEAD^1']);
    expect(commands.join()).not.toContain('${{');
  });

  test.each<[string, Record<string, string>, object]>([
    ['npm', { 'package.json': '{}' }, {}],
    ['pnpm', { 'package.json': '{}', 'pnpm-lock.yaml': '' }, { run: 'corepack enable' }],
    ['ruby of any version', { Gemfile: '' }, { with: { 'ruby-version': 'ruby' } }],
    [
      'ruby of a version',
      { Gemfile: '', '.ruby-version': '3.4' },
      { with: { 'working-directory': 'services/api/.' } },
    ],
    ['go', { 'go.mod': 'module x\n' }, { with: { 'go-version-file': 'services/api/go.mod' } }],
  ])('a workflow that brings the toolchain of %s', async (_, files, step) => {
    const below = Object.entries(files).map(([name, text]) => [`services/api/${name}`, text]);
    const dir = await dirWith(Object.fromEntries(below));
    await init(dir, '--dir', 'services/api', '--ci', 'github');
    const workflow = parse(await readFile(join(dir, '.github/workflows/kvbench.yml'), 'utf8'));
    const { steps } = workflow.jobs.kvbench;
    // Behind the checkout and Node, before the cache and the gate.
    const own = steps.slice(2, -2);
    expect(own).toMatchObject(Object.keys(step).length > 0 ? [step] : []);
  });

  test.each([
    ['go.mod', 'module x\n'],
    ['Cargo.toml', '[package]\nname = "x"\n'],
    ['requirements.txt', ''],
    ['Gemfile', ''],
    ['pom.xml', ''],
    ['composer.json', '{}'],
  ])('a workflow that gates what is built (%s)', async (name, text) => {
    const dir = await dirWith({ [name]: text });
    await init(dir, '--ci', 'github');
    const workflow = parse(await readFile(join(dir, '.github/workflows/kvbench.yml'), 'utf8'));
    const { steps } = workflow.jobs.kvbench;
    // The merge of the pull request, and its first parent.
    expect(steps[0].with['fetch-depth']).toBe(2);
    expect(steps.at(-1).run).toBe(
      'npx --yes --package "$KVBENCH_PACKAGE" kvbench gate --base HEAD^1',
    );
  });
});

test('what it will build is kept out of git', async () => {
  const dir = await dirWith({ 'go.mod': 'module shop' });
  expect((await init(dir)).stdout).toContain('wrote .kvbench/.gitignore');
  expect(await readFile(join(dir, '.kvbench/.gitignore'), 'utf8')).toMatch(/^\*$/m);
});

describe('nothing is destroyed', () => {
  test('twice', async () => {
    const dir = await dirWith({ 'package.json': '{}' });
    await init(dir, '--ci', 'github');
    const files = [configName, '.github/workflows/kvbench.yml'].map((name) => join(dir, name));
    const read = () => Promise.all(files.map((file) => readFile(file, 'utf8')));
    const before = await read();
    const { code, stdout } = await init(dir, '--ci', 'github', '--url', 'http://127.0.0.1:1').then(
      async () => init(dir, '--ci', 'github', '--contract'),
    );
    expect(code).toBe(0);
    expect(stdout).toBe(
      `${configName} is there already, and was left as it is.\n` +
        '.github/workflows/kvbench.yml is there already, and was left as it is.\n',
    );
    expect(await read()).toEqual(before);
  });

  test('a config of another kind', async () => {
    const dir = await dirWith({ 'kvbench.config.ts': 'export default {}' });
    const { code, stdout } = await init(dir);
    expect(code).toBe(0);
    expect(stdout).toBe('kvbench.config.ts is there already, and was left as it is.\n');
    expect((await readdir(dir)).sort()).toEqual(['.git', 'kvbench.config.ts']);
  });
});

describe('usage errors write nothing', () => {
  test.each([
    [[], 'Give --command with how it is started'],
    [
      ['--kind', 'perl'],
      'Allowed choices are node, go, rust, python, ruby, java, php, command, url',
    ],
    [['--kind', 'command'], '--command is missing.'],
    [['--kind', 'url'], '--url is missing.'],
    [['--url', 'http://127.0.0.1:1/api'], 'is not the root of an HTTP server'],
    [['--url', 'http://127.0.0.1:1', '--command', 'x'], 'Give one of the two.'],
    [['--url', 'http://127.0.0.1:1', '--ci', 'github'], '--ci needs a server that can be started'],
    [['--command', 'x | tee log'], 'only a shell understands'],
    [['--command', '$(id)'], 'only a shell understands'],
    [['--command', ' '], 'names no program'],
    [['--command', 'x', '--name', 'A B'], '--name "A B" must be a name'],
    [['--command', 'x', '--name', 'rust'], 'is a name of kvbench itself'],
    [['--dir', 'nowhere'], 'There is no directory'],
  ])('%j', async (args, told) => {
    const dir = await dirWith({});
    const { code, stderr } = await init(dir, ...args);
    expect(stderr).toContain(told);
    expect(code).toBe(2);
    expect(await readdir(dir)).toEqual(['.git']);
  });

  test('several kinds of servers', async () => {
    const dir = await dirWith({ 'go.mod': 'module x', 'Cargo.toml': '' });
    const { code, stderr } = await init(dir);
    expect(stderr).toContain(
      'Here could be several servers: go, rust.\n  Say which with --kind go.',
    );
    expect(code).toBe(2);
    expect((await init(dir, '--kind', 'rust')).code).toBe(0);
  });
});

describe('on a terminal', () => {
  /** Types the keys one after the other, each when the question that waits for it is drawn. */
  async function answering(dir: string, keys: [string, string][], args: string[] = [], env = {}) {
    const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
    const output = Object.assign(new PassThrough(), { isTTY: true, columns: 80, rows: 24 });
    const waiting = [...keys];
    let drawn = '';
    output.on('data', (data) => {
      drawn += String(data);
      const [next] = waiting;
      if (!next || !drawn.includes(next[0])) return;
      waiting.shift();
      drawn = '';
      setImmediate(() => input.write(next[1]));
    });
    const result = await cli(['init', ...args], { cwd: dir, env, terminal: { input, output } });
    return { ...result, unanswered: waiting.length };
  }
  const enter = '\r';

  test('asks what it cannot tell', async () => {
    const dir = await dirWith({ 'go.mod': 'module x', 'Cargo.toml': '' });
    const down = '\u001b[B';
    const { code, unanswered } = await answering(dir, [
      ['What is the server?', down],
      // Only what has changed is drawn again.
      ['rust', enter],
      ['What is it called?', enter],
      ['HTTP contract', enter],
      ['GitHub workflow', 'y'],
    ]);
    expect({ code, unanswered }).toEqual({ code: 0, unanswered: 0 });
    expect((await specIn(dir))?.settings.build?.command[0]).toBe('cargo');
    expect(await readdir(join(dir, '.github/workflows'))).toEqual(['kvbench.yml']);
  });

  test('Ctrl-C writes nothing and exits 130', async () => {
    const dir = await dirWith({ 'go.mod': 'module x' });
    const { code, stderr } = await answering(dir, [
      ['What is it called?', enter],
      ['HTTP contract', '\u0003'],
    ]);
    expect(code).toBe(130);
    expect(stderr).toContain('Nothing was written.');
    expect((await readdir(dir)).sort()).toEqual(['.git', 'go.mod']);
  });

  test.each([
    [['--yes'], {}],
    [[], { CI: 'true' }],
  ])('asks nothing with %j and %j', async (args, env) => {
    const dir = await dirWith({ 'go.mod': 'module x' });
    const { code } = await answering(dir, [], args, env);
    expect(code).toBe(0);
    expect((await specIn(dir))?.name).toBe('x');
  });
});
