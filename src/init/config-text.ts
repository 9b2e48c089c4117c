import type { ServerDraft } from './kinds/kind.js';

/** What the config is to say. */
export interface ConfigDraft {
  /** A server to be started, or the address of one that runs already. */
  server: ServerDraft | { name: string; url: string };
  /** Whether it keeps kvbench's own HTTP contract, and so needs no requests described. */
  contract: boolean;
}

/** A commented `kvbench.config.jsonc` that works as it is for a server that answers `GET /`. */
export function configText({ server, contract }: ConfigDraft): string {
  const settings = 'url' in server ? urlLines(server.url) : startLines(server);
  const proof = contract
    ? [
        '// Every run proves it first; docs/contract.md has what must be answered.',
        '"contract": true',
      ]
    : [];
  return `// What kvbench loads, and how. \`kvbench config\` shows what is in force, and
// \`kvbench run --quick\` gives a first table. With "$schema" editors complete it.
{
  "$schema": "./node_modules/kvbench/schema/config.schema.json",
  "targets": {
    ${JSON.stringify(server.name)}: {
${indent(withCommas([...settings, ...proof]), 6)}
    }
  },
${contract ? '' : requestsText}  // In place of the defaults of \`kvbench run\`; its flags win over these.
  "run": {
    // "rate": 500,
    // "warmupMs": 2000, // before each trial; a server with a JIT is slower before it is warm
    // "connections": 16,
    // "failOn": ["${contract ? 'get' : 'root'}.p99>50ms"]
  }
}
`;
}

const requestsText = `  // What is asked, by name. Each is measured by itself; "operations" in "run" can
  // also mix them, as "get:95,put:5".
  "requests": {
    // A key-value API, described with {key} and {value}: every key is stored before
    // the load, every answer is checked, and what was written is read again.
    // "put": {
    //   "method": "PUT",
    //   "path": "/v1/keys/{key}",
    //   "body": { "json": { "value": "{value}" } },
    //   "expect": { "status": [200, 201, 204] }
    // },
    // "get": {
    //   "path": "/v1/keys/{key}",
    //   "expect": { "json": { "value": "{value}" } },
    //   "missing": { "status": 404 }
    // },
    "root": { "path": "/", "expect": { "status": 200 } }
  },
`;

function urlLines(url: string): string[] {
  return [
    '// It runs already, and is neither started nor stopped. With its pid kvbench',
    '// also measures CPU and memory: "pid": 1234, or "pidFile": "server.pid".',
    `"url": ${JSON.stringify(url)}`,
  ];
}

function startLines({ setup, build, command, env = {}, reads }: ServerDraft): string[] {
  const takesPort = command.some((part) => /\{(port|addr)\}/.test(part));
  const variables = { ...env, ...(!takesPort && { PORT: '{port}' }) };
  const port = takesPort
    ? []
    : [
        '  // kvbench chooses a free port, and the server must listen on it: told by a',
        '  // variable as here, or in the command as "--port={port}" or "--addr={addr}".',
      ];
  const start = [
    `  "command": ${list(command)}`,
    ...port,
    ...(Object.keys(variables).length > 0 ? [`  "env": ${object(variables)}`] : []),
    ...(reads
      ? [
          '  // What it may read: a gate measures nothing where only other files changed.',
          `  "inputs": ${list(reads)}`,
        ]
      : []),
  ];
  return [
    ...(setup
      ? [
          '// Brings what git does not have into the checkouts of `kvbench gate`.',
          ...block('setup', [
            `  "command": ${list(setup.command)}`,
            `  "inputs": ${list(setup.inputs)}`,
            ...(setup.keep ? [`  "keep": ${list(setup.keep)}`] : []),
          ]),
        ]
      : []),
    ...(build
      ? [
          build.artifact === undefined
            ? '// Built before it is started; the inputs are what decides the build.'
            : '// Built when one of the inputs has changed; {artifact} is a copy of what it leaves.',
          ...block('build', [
            `  "command": ${list(build.command)}`,
            `  "inputs": ${list(build.inputs)}`,
            ...(build.artifact === undefined
              ? []
              : [`  "artifact": ${JSON.stringify(build.artifact)}`]),
          ]),
        ]
      : []),
    '// Ready when its port takes connections, or, if it has something like it:',
    '// "ready": { "http": "/health" },',
    ...block('start', start),
  ];
}

function block(name: string, lines: readonly string[]): string[] {
  return [`${JSON.stringify(name)}: {`, ...withCommas(lines), '}'];
}

function list(items: readonly string[]): string {
  return `[${items.map((item) => JSON.stringify(item)).join(', ')}]`;
}

function object(entries: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(entries).map(
    ([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`,
  );
  return `{ ${pairs.join(', ')} }`;
}

/** Lines of JSON with the commas between settings; comments and what opens a block get none. */
function withCommas(lines: readonly string[]): string[] {
  const isComment = (line: string) => line.trim().startsWith('//');
  const isLast = (index: number) => lines.slice(index + 1).every(isComment);
  return lines.map((line, index) =>
    isComment(line) || /[{,]$/.test(line) || isLast(index) || nextCloses(lines, index)
      ? line
      : `${line},`,
  );
}

function nextCloses(lines: readonly string[], index: number): boolean {
  const next = lines.slice(index + 1).find((line) => !line.trim().startsWith('//'));
  return next?.trim().startsWith('}') ?? true;
}

function indent(lines: readonly string[], spaces: number): string {
  return lines.map((line) => ' '.repeat(spaces) + line).join('\n');
}
