import { z } from 'zod';
import { requestName, requestsSchema } from './requests.js';
import { runConfigSchema } from './schema.js';

const command = z
  .union([z.array(z.string()).min(1), z.string().min(1)])
  .describe('argument list; a text only with "shell": true');
const env = z.record(
  z.string().regex(/^[A-Za-z_]\w*$/, 'is not the name of a variable'),
  z.string(),
);
const portSchema = z.int().min(1).max(65_535);
const timeoutMs = z.int().min(10).max(3_600_000);

/** A text goes through a shell and a list does not, so that neither does by mistake. */
const fitsShell = ({
  command: given,
  shell = false,
}: {
  command: unknown;
  shell?: boolean | undefined;
}) => (typeof given === 'string') === shell;
const shellRule = {
  path: ['command'],
  error: 'is a list, as ["./server", "--port={port}"], or a text with "shell": true',
};

const buildSchema = z
  .strictObject({
    command,
    shell: z.boolean().optional().describe('run the command, then a text, by sh -c'),
    inputs: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe(
        'glob patterns of the files that decide what is built; with artifact: build only if one has changed',
      ),
    artifact: z
      .string()
      .min(1)
      .optional()
      .describe(
        'the file that the build leaves, relative to dir; {artifact} in the start command is a kept copy',
      ),
    env: env.optional(),
    timeoutMs: timeoutMs.optional().describe('default: 600000'),
  })
  .refine(fitsShell, shellRule);

const startSchema = z
  .strictObject({
    command,
    shell: z.boolean().optional().describe('run the command, then a text, by sh -c'),
    env: env
      .optional()
      .describe('variables besides those of kvbench itself; {port} and the others too'),
    port: portSchema.optional().describe('the port of a server that listens on no other'),
    files: z
      .record(
        z.string().regex(/^(?!\.\.?$)[^/\0]+$/, 'is not the name of a file'),
        z.string().min(1),
      )
      .optional()
      .describe(
        'config files for the server: name in {tmp}, and the template that it is made of, relative to dir',
      ),
  })
  .refine(fitsShell, shellRule);

const ready = { timeoutMs: timeoutMs.optional().describe('default: 10000; with url: 1000') };
const readySchema = z
  .union([
    z.strictObject({
      http: z.string().regex(/^\/[\x21-\x7e]*$/, 'is a path, as /health'),
      status: z.int().min(200).max(599).optional().describe('default: any 2xx'),
      ...ready,
    }),
    z.strictObject({ tcp: z.literal(true), ...ready }),
    z.strictObject({
      line: z
        .string()
        .min(1)
        .describe('part of a line that it prints; {addr} or {port} in it tell where it listens'),
      ...ready,
    }),
  ])
  .describe('how to tell that the server answers (default: the port takes connections)');

export const signals = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGKILL'] as const;

const targetSchema = z
  .strictObject({
    description: z.string().max(200).optional(),
    dir: z
      .string()
      .optional()
      .describe('where it is built and started, relative to this file (default: beside it)'),
    build: buildSchema.optional(),
    start: startSchema
      .optional()
      .describe('how to start it; {port}, {addr}, {tmp}, {artifact}, {workers} are filled in'),
    ready: readySchema.optional(),
    stop: z
      .strictObject({
        signal: z.enum(signals).optional().describe('default: SIGTERM'),
        timeoutMs: timeoutMs.optional().describe('until it is killed (default: 5000)'),
      })
      .optional(),
    url: z.string().optional().describe('of a server that runs already, in place of start'),
    pid: z.int().min(2).optional().describe('of that server, for CPU and memory'),
    pidFile: z.string().optional().describe('a file that holds its pid'),
    contract: z
      .boolean()
      .optional()
      .describe("whether it keeps kvbench's own HTTP contract, to be proven before every run"),
    requests: requestsSchema.optional(),
    preload: requestName.optional().describe('the request that stores the keys beforehand'),
    readBack: requestName.optional().describe('the request that reads them again afterwards'),
  })
  .refine(({ start, url }) => (start === undefined) !== (url === undefined), {
    error: 'has either "start", a command, or "url", of a server that runs already',
  })
  .refine(({ start, pid, pidFile }) => start === undefined || (pid ?? pidFile) === undefined, {
    path: ['pid'],
    error: 'is of a server that runs already, and not with "start"',
  })
  .refine(({ pid, pidFile }) => pid === undefined || pidFile === undefined, {
    path: ['pidFile'],
    error: 'tells the same as "pid": give one of them',
  })
  .refine(({ url, build, stop }) => url === undefined || (build ?? stop) === undefined, {
    path: ['url'],
    error: 'is of a server that runs already, and is not built or stopped',
  })
  .refine(({ url, ready }) => url === undefined || !ready || !('line' in ready), {
    path: ['ready', 'line'],
    error: 'is not to be seen of a server that runs already: use "http"',
  });

/** What a run does, as far as somebody has said. */
const runSettingsSchema = runConfigSchema.partial();

export const targetName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,31}$/, 'is a name of a-z, 0-9, - and _ that begins with a letter');

/** `kvbench.config.json` and its like. */
export const configFileSchema = z.strictObject({
  $schema: z.string().optional(),
  targets: z.record(targetName, targetSchema).optional().describe('servers by name'),
  requests: requestsSchema.optional().describe('of every target that has none of its own'),
  run: runSettingsSchema.optional().describe('in place of the defaults of kvbench run'),
  scenarios: z
    .record(targetName, runSettingsSchema)
    .optional()
    .describe('settings by name, over those of run: kvbench run --scenario NAME'),
});

export type ConfigFile = z.infer<typeof configFileSchema>;
export type TargetFile = z.infer<typeof targetSchema>;
export type RunSettings = z.infer<typeof runSettingsSchema>;
