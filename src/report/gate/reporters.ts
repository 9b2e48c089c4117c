import type { GateResult } from '../../gate/schema.js';
import { reportJson } from '../json.js';
import { gateKind } from '../kinds/gate.js';
import { known } from '../kinds/kind.js';
import { summaryMarkdown } from '../markdown.js';
import { documentText } from '../text.js';
import type { TextOptions } from '../text-options.js';
import { reportGateBenchstat } from './benchstat.js';
import { reportGateGithub } from './github.js';
import { reportGateJunit } from './junit.js';
import { reportGateActionBenchmark, reportGateBencher } from './series.js';

type GateReporter = (result: GateResult, options: TextOptions) => string;

/** Every form of a gate's result by the name that `--report` takes. */
export const gateReporters = {
  text: (result, options) => documentText(known(gateKind, result), options),
  markdown: (result) => summaryMarkdown(known(gateKind, result)),
  junit: (result) => reportGateJunit(result),
  json: (result) => reportJson(result),
  github: reportGateGithub,
  bencher: reportGateBencher,
  'github-action-benchmark': reportGateActionBenchmark,
  benchstat: reportGateBenchstat,
} satisfies Record<string, GateReporter>;

export type GateForm = keyof typeof gateReporters;

/** A form of several gates, one target each, as one document. */
export function reportGates(
  form: GateForm,
  results: readonly GateResult[],
  options: TextOptions,
): string {
  const reports = () => results.map((result) => gateReporters[form](result, options));
  if (results.length === 1) return reports().join('');
  switch (form) {
    case 'json':
      return reportJson(results);
    case 'junit':
      return reportGateJunit(...results);
    case 'bencher':
      return reportJson(Object.assign({}, ...reports().map((text) => JSON.parse(text) as object)));
    case 'github-action-benchmark':
      return reportJson(reports().flatMap((text) => JSON.parse(text) as unknown[]));
    case 'text':
    case 'markdown':
      return reports().join('\n');
    default:
      return reports().join('');
  }
}
