import type { Command } from 'commander';
import type { PreparedRun } from '../../api/prepare.js';
import { contractRequests } from '../../config/requests.js';
import { type ConfigReport, reportConfig } from '../../report/config.js';
import { reportJson } from '../../report/json.js';
import type { CommandContext } from '../context.js';
import { mediumFor } from '../io.js';
import { addRunFlags, loadRun, type RunFlags } from '../run-flags.js';

/** `kvbench config`: what is in force, and where each part of it was said. */
export function defineConfigCommand(command: Command, context: CommandContext): void {
  const { io } = context;
  addRunFlags(command).action(async () => {
    const report = toReport(await loadRun(command, context));
    const { json } = command.opts<RunFlags>();
    io.stdout.write(json ? reportJson(report) : reportConfig(report, mediumFor(io.stdout, io.env)));
  });
}

function toReport({ project, specs, config, sources }: PreparedRun): ConfigReport {
  const names = [...new Set([...config.targets, ...specs.keys()])];
  const targets = names.map((name): ConfigReport['targets'][number] => {
    const chosen = config.targets.includes(name);
    const spec = specs.get(name);
    if (!spec) {
      const requests = contractRequests;
      return { name, chosen, source: 'bundled', contract: true, requests, place: null };
    }
    const { settings, contract, requests } = spec;
    const source = settings.start ? 'start' : 'url';
    const place = project.position('targets', name);
    return { name, chosen, source, contract, requests, place };
  });
  return { path: project.path, config, sources, targets };
}
