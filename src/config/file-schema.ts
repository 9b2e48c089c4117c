import * as z from 'zod';
import { nameSchema, requestsSchema } from './requests.js';
import { runSettingsSchema } from './schema.js';

const command = z
  .union([z.array(z.string()).min(1), z.string().min(1)])
  .describe('an argument list, or a text with shell: true');
const env = z.record(
  z.string().regex(/^[A-Za-z_]\w*$/, 'is not the name of a variable'),
  z.string(),
);
const portSchema = z.int().min(1).max(65_535);
const timeoutMs = z.int().min(10).max(3_600_000);

const shell = z.boolean().optional().describe('run the command, then a text, by sh -c');
const patterns = z.array(z.string().min(1));
const stepTimeoutMs = timeoutMs.optional().describe('default: 600000');

const buildSchema = z.strictObject({
  command,
  shell,
  inputs: patterns
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
  toolchain: z
    .array(z.array(z.string().min(1)).min(1))
    .min(1)
    .optional()
    .describe(
      'commands that print the versions of what builds, as [["zig", "version"]]; those of the usual languages are known',
    ),
  env: env.optional(),
  timeoutMs: stepTimeoutMs,
});

const setupSchema = z.strictObject({
  command,
  shell,
  inputs: patterns
    .min(1)
    .optional()
    .describe('glob patterns of the files that decide what it leaves, as package-lock.json'),
  keep: z
    .array(z.string().regex(/^(?!.*(^|\/)\.\.(\/|$))[^/].*$/, 'must be a path inside dir'))
    .min(1)
    .optional()
    .describe('what it leaves, as node_modules; with inputs: done anew only if one has changed'),
  env: env.optional(),
  timeoutMs: stepTimeoutMs,
});

const startSchema = z.strictObject({
  command,
  shell,
  env: env
    .optional()
    .describe('variables besides those of kvbench itself; {port} and the others too'),
  port: portSchema.optional().describe('the port of a server that listens on no other'),
  inputs: patterns
    .optional()
    .describe(
      'glob patterns of the files that the server reads while it runs, none if it is empty: a gate measures nothing where these, what is built and these settings are the same (default: all that its directory holds)',
    ),
  files: z
    .record(z.string().regex(/^(?!\.\.?$)[^/\0]+$/, 'is not the name of a file'), z.string().min(1))
    .optional()
    .describe(
      'config files for the server: name in {tmp}, and the template that it is made of, relative to dir',
    ),
});

const ready = { timeoutMs: timeoutMs.optional().describe('default: 10000; with url: 1000') };
const readySchema = z
  .union([
    z.strictObject({
      http: z.string().regex(/^\/[\x21-\x7e]*$/, 'must be a path, as /health'),
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

const signals = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGKILL'] as const;

const targetSchema = z.strictObject({
  description: z.string().max(200).optional(),
  dir: z
    .string()
    .optional()
    .describe('where it is built and started, relative to this file (default: beside it)'),
  setup: setupSchema
    .optional()
    .describe(
      'brings what git does not have into a fresh checkout, as npm ci does: for the gate, and never in the working tree',
    ),
  git: z
    .boolean()
    .optional()
    .describe(
      'whether the checkouts of a gate are repositories, with the commit and the tags, for a build that asks git for its version (default: false)',
    ),
  build: buildSchema.optional(),
  start: startSchema
    .optional()
    .describe(
      'how to start it; {port}, {addr} (127.0.0.1 and the port), {port2} (another free one), {tmp} (a directory that is removed afterwards), {artifact} and {workers} are filled in',
    ),
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
    .describe(
      "whether it keeps kvbench's own HTTP contract, to be proven before every run (default: false)",
    ),
  requests: requestsSchema
    .optional()
    .describe('what it is asked (default: the requests of the file, or else of the contract)'),
  preload: nameSchema.optional().describe('the request that stores the keys beforehand'),
  readBack: nameSchema.optional().describe('the request that reads them again afterwards'),
});

/** What a run does, as far as somebody has said. */
const fileSettingsSchema = runSettingsSchema.partial();

/**
 * `kvbench.config.json` and its like: what it says of servers and runs, and the sections that
 * capabilities hand in, by their names there.
 */
export function fileSchemaWith<Sections extends z.ZodRawShape>(sections: Sections) {
  return z.strictObject({
    $schema: z.string().optional(),
    targets: z.record(nameSchema, targetSchema).optional().describe('servers by name'),
    requests: requestsSchema.optional().describe('of every target that has none of its own'),
    run: fileSettingsSchema.optional().describe('in place of the defaults of kvbench run'),
    ...sections,
    scenarios: z
      .record(nameSchema, fileSettingsSchema)
      .optional()
      .describe('settings by name, over those of run: kvbench run --scenario NAME'),
  });
}

const withoutSections = fileSchemaWith({});

/** What every config file may say. */
export type CommonFile = z.infer<typeof withoutSections>;
export type TargetFile = z.infer<typeof targetSchema>;
