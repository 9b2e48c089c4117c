// Whether everything that kvbench depends on, that it compiles, and that its checks and tests fetch, has
// a licence of a short permissive list. Part of `npm run check`.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findPython } from './python.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

const permissive = new Set([
  ...['MIT', 'MIT-0', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'Zlib'],
  ...['Unicode-3.0', 'Unicode-DFS-2016', 'CC0-1.0', 'BlueOak-1.0.0', 'Unlicense', 'BSL-1.0'],
  ...['Python-2.0', 'CDLA-Permissive-2.0', 'Apache-2.0 WITH LLVM-exception'],
]);

/** Under other licences or under none that is declared, and why that is right. Only what tests use is not permissive. */
const exceptions = {
  'npm cli-table': 'MIT by its LICENSE file; its package.json does not say',
  'npm axe-core': 'MPL-2.0: asks pages for accessibility in tests, unchanged',
  'npm lightningcss': 'MPL-2.0: of the bundler that runs the tests, unchanged',
};

/** Whether an SPDX expression leaves a choice that is permissive in all its parts. */
function isPermissive(expression) {
  const bare = expression.replace(/^\((.*)\)$/, '$1').replaceAll('/', ' OR ');
  return bare.split(/ OR /).some((choice) =>
    choice
      .replace(/[()]/g, '')
      .split(/ AND /)
      .every((part) => permissive.has(part.trim())),
  );
}

/** Every package that npm has installed, those within others included. */
function* npmPackages(dir = join(root, 'node_modules')) {
  if (!existsSync(dir)) return;
  for (const name of readdirSync(dir)) {
    if (name.startsWith('.')) continue;
    if (name.startsWith('@')) {
      yield* npmPackages(join(dir, name));
      continue;
    }
    const file = join(dir, name, 'package.json');
    if (!existsSync(file)) continue;
    const { name: full, license, licenses } = JSON.parse(readFileSync(file, 'utf8'));
    const said = license?.type ?? license ?? licenses?.map(({ type }) => type).join(' OR ');
    if (full) yield { what: `npm ${full}`, licence: said ?? 'none' };
    yield* npmPackages(join(dir, name, 'node_modules'));
  }
}

/** Every crate of a lockfile, those for other systems included. */
function* crates(dir) {
  const args = ['metadata', '--locked', '--format-version', '1'];
  const text = execFileSync('cargo', args, {
    cwd: join(root, dir),
    maxBuffer: 1e9,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for (const { name, license, source } of JSON.parse(text).packages) {
    if (source !== null) yield { what: `crate ${name}`, licence: license ?? 'none' };
  }
}

/** What `go mod download` tells of modules; of their licences Go keeps the texts alone. */
function downloaded(what) {
  const text = execFileSync('go', ['mod', 'download', '-json', what], {
    cwd: join(root, 'go-kv'),
    env: { ...process.env, GOFLAGS: '-mod=mod' },
    encoding: 'utf8',
  });
  return text.split(/^(?=\{)/m).map((one) => JSON.parse(one));
}

/** The modules that the stacks of the Go server are built from. */
function* goModules() {
  const files = readdirSync(join(root, 'go-kv')).filter((name) => /(?<!^go)\.mod$/.test(name));
  for (const { Path, Dir } of files.flatMap((file) => downloaded(`-modfile=${file}`))) {
    yield { what: `go ${Path}`, licence: textLicence(Dir) };
  }
}

/** A Go tool that the checks run, and the modules that it is made of. */
function* goTool(module, version) {
  const [tool] = downloaded(`${module}@${version}`);
  yield { what: `go ${module}`, licence: textLicence(tool.Dir) };
  const needs = /^\s*(?:require )?([\w./-]+\.[\w./-]+) (v\S+)/gm;
  for (const [, path, wanted] of readFileSync(tool.GoMod, 'utf8').matchAll(needs)) {
    yield { what: `go ${path}`, licence: textLicence(downloaded(`${path}@${wanted}`)[0].Dir) };
  }
}

/** What the tests read exports with, where that has been installed. */
function* pythonPackages() {
  const python = findPython();
  if (python === null) return;
  const lib = join(dirname(dirname(python)), 'lib');
  for (const version of readdirSync(lib)) {
    const site = join(lib, version, 'site-packages');
    for (const name of readdirSync(site).filter((one) => one.endsWith('.dist-info'))) {
      const text = readFileSync(join(site, name, 'METADATA'), 'utf8');
      const said = /^License-Expression: (.*)$/m.exec(text)?.[1] ?? licenceNames(text);
      yield { what: `python ${name.replace(/-.*/, '')}`, licence: said };
    }
  }
}

/** Older packages say it in a line of their own words, or by classifiers. */
function licenceNames(text) {
  const words =
    /^License: (.*)$/m.exec(text)?.[1] ??
    /License :: OSI Approved :: (.*)$/m.exec(text)?.[1] ??
    'none';
  if (/apache/i.test(words)) return 'Apache-2.0';
  return /^MIT/.test(words) ? 'MIT' : /bsd/i.test(words) ? 'BSD-3-Clause' : words;
}

/** What the well-known words of a licence's text say that it is. */
function textLicence(dir) {
  const file = readdirSync(dir).find((name) => /^(licen[cs]e|copying)/i.test(name));
  const text = file ? readFileSync(join(dir, file), 'utf8').replace(/\s+/g, ' ') : '';
  if (/GNU (AFFERO |LESSER )?GENERAL PUBLIC LICENSE/i.test(text)) return 'GPL';
  if (/Permission is hereby granted, free of charge/.test(text)) return 'MIT';
  if (/Apache License,? Version 2\.0/i.test(text)) return 'Apache-2.0';
  if (/Redistribution and use in source and binary forms/.test(text)) {
    return /Neither the name/.test(text) ? 'BSD-3-Clause' : 'BSD-2-Clause';
  }
  return 'unknown';
}

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const fetched = [...scripts['check:go'].matchAll(/([\w./-]+?)\/cmd\/\w+@(\S+)/g)];
const all = [
  ...npmPackages(),
  ...readdirSync(root)
    .filter((dir) => existsSync(join(root, dir, 'Cargo.lock')))
    .flatMap((dir) => [...crates(dir)]),
  ...goModules(),
  ...pythonPackages(),
  ...fetched.flatMap(([, module, version]) => [...goTool(module, version)]),
];
const wrong = all.filter(
  ({ what, licence }) =>
    !isPermissive(licence) &&
    !Object.keys(exceptions).some((name) => what === name || what.startsWith(`${name}-`)),
);
for (const { what, licence } of wrong) console.error(`${what}: ${licence} is not on the list`);
console.log(
  `licences of ${new Set(all.map(({ what }) => what)).size} packages looked at, ${wrong.length} not permissive`,
);
if (wrong.length > 0) process.exitCode = 1;
