import { percentiles } from '../result/percentile-table.js';
import type { Warning } from '../result/schema.js';
import { requestsFor } from '../stats/resolution.js';
import { wrongAnswers } from './outcome.js';
import type { Slo, SweepCurve, SweepStep } from './schema.js';

/** What a reader of a curve must know before believing its knee. */
export function curveWarnings(curve: SweepCurve, slo: Slo): Warning[] {
  return [...limitWarnings(curve), ...answerWarnings(curve), ...resolutionWarnings(curve, slo)];
}

function limitWarnings({ target, operation, ended }: SweepCurve): Warning[] {
  if (ended !== 'generator-limited') return [];
  return [
    {
      code: 'generator-limited',
      message: `${target} ${operation}: the load generator was the limit, so the knee is higher than what was found.`,
      advice: 'Use a machine with more CPUs, or look at CPU a request, which it does not blur.',
    },
  ];
}

function answerWarnings({ target, operation, steps }: SweepCurve): Warning[] {
  const wrong = steps.find(({ trial }) => wrongAnswers(trial) > 0);
  if (!wrong) return [];
  return [
    {
      code: 'wrong-answers',
      message: `${target} ${operation} at ${wrong.level}: ${wrong.reason}.`,
      advice: 'A server that answers wrongly under load is to be mended before it is measured.',
    },
  ];
}

/** An objective of a percentile that the steps are too short to tell: then the slowest few decide. */
function resolutionWarnings({ target, operation, steps }: SweepCurve, slo: Slo): Warning[] {
  if (slo.metric === 'maxNs') return [];
  const needed = requestsFor(percentiles[slo.metric].percent);
  const requestsOf = ({ trial }: SweepStep) => trial.requests.planned;
  const [few] = steps
    .filter((step) => step.purpose !== 'overload' && requestsOf(step) < needed)
    .toSorted((a, b) => requestsOf(a) - requestsOf(b));
  if (!few) return [];
  const times = Math.ceil(needed / Math.max(1, requestsOf(few)));
  return [
    {
      code: 'unresolved',
      message: `${target} ${operation} at ${few.level}: ${requestsOf(few)} requests are too few for ${slo.expression}, which the slowest few of them decide.`,
      advice: `Make --duration ${times} times as long, or begin higher: ${needed} requests a step are needed.`,
    },
  ];
}
