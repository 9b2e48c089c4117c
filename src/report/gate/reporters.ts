import type { GateResult } from '../../gate/schema.js';
import { reportJson } from '../json.js';
import type { TextOptions } from '../text.js';
import { reportGateBenchstat } from './benchstat.js';
import { reportGateGithub } from './github.js';
import { reportGateJunit } from './junit.js';
import { reportGateMarkdown } from './markdown.js';
import { reportGateActionBenchmark, reportGateBencher } from './series.js';
import { reportGateText } from './text.js';

type GateReporter = (result: GateResult, options: TextOptions) => string;

/** Every form of a gate's result by the name that `--report` takes. */
export const gateReporters = {
  text: reportGateText,
  markdown: reportGateMarkdown,
  junit: reportGateJunit,
  json: (result) => reportJson(result),
  github: reportGateGithub,
  bencher: reportGateBencher,
  'github-action-benchmark': reportGateActionBenchmark,
  benchstat: reportGateBenchstat,
} satisfies Record<string, GateReporter>;
