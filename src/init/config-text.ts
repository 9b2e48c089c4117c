import type { ServerDraft } from './detect.js';

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

function startLines({ build, command }: ServerDraft): string[] {
  const list = (items: readonly string[]) =>
    `[${items.map((item) => JSON.stringify(item)).join(', ')}]`;
  const takesPort = command.some((part) => /\{(port|addr)\}/.test(part));
  const env = takesPort
    ? []
    : [
        '  // kvbench chooses a free port, and the server must listen on it: told by a',
        '  // variable as here, or in the command as "--port={port}" or "--addr={addr}".',
        '  "env": { "PORT": "{port}" }',
      ];
  const start = [`  "command": ${list(command)}`, ...env];
  const built = build
    ? [
        '// Built when one of the inputs has changed; {artifact} is a copy of what it leaves.',
        '"build": {',
        ...withCommas([
          `  "command": ${list(build.command)}`,
          `  "inputs": ${list(build.inputs)}`,
          `  "artifact": ${JSON.stringify(build.artifact)}`,
        ]),
        '}',
      ]
    : [];
  return [
    ...built,
    '// Ready when its port takes connections, or, if it has something like it:',
    '// "ready": { "http": "/health" },',
    '"start": {',
    ...withCommas(start),
    '}',
  ];
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
