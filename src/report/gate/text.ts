import type { ChalkInstance } from 'chalk';
import type { GateResult, MetricRow } from '../../gate/schema.js';
import { plural } from '../../plural.js';
import { formatMs, formatRequestRate, oneLine, wrap } from '../format.js';
import { gatePlot } from '../plots.js';
import { fitted, renderTable } from '../tables.js';
import type { TextOptions } from '../text.js';
import { openSentences, verdictSentence } from './sentence.js';
import { allowanceText, figureText, labelOf, ratioTexts } from './words.js';

/** Leaves 80 columns for the widest figures beside it. */
const labelWidth = 11;

/** The verdict for a terminal of 80 columns: a table with a line a figure, and a sentence. */
export function reportGateText(result: GateResult, { chalk, plot, width }: TextOptions): string {
  const { metrics, verdict } = result.judgement;
  const sentence = wrap(verdictSentence(result));
  const colour = verdict ? outcomeColour(verdict.outcome, chalk) : chalk.yellow;
  const rows = metrics.map((row) => {
    const { estimate, interval } = ratioTexts(row);
    return [
      labelOf(row, labelWidth),
      figureText(row, 'base'),
      figureText(row, 'head'),
      estimate,
      interval,
      allowanceText(row),
      outcomeColour(row.verdict, chalk)(row.verdict),
    ];
  });
  const head = ['', 'base', 'head', 'ratio', 'interval', 'allowed', 'verdict'];
  const sections = [
    heading(result, chalk),
    rows.length > 0 ? renderTable(head, rows, { chalk, width }) : '',
    plot ? gatePlot(result, { chalk, width, ...plot }) : '',
    sentence.replace(/^[a-z ]+(?=:)/, (word) => colour(word)),
    openSentences(result)
      .map((line) => wrap(line))
      .join('\n'),
    result.warnings
      .map(({ message, advice }) =>
        [
          `${chalk.yellow('warning:')} ${wrap(oneLine(message), { used: 9 })}`,
          `  ${wrap(oneLine(advice), { used: 2 })}`,
        ].join('\n'),
      )
      .join('\n'),
    provenance(result, chalk),
  ];
  return fitted(`${sections.filter((section) => section !== '').join('\n\n')}\n`, width);
}

function heading(
  { target, base, head, rounds, load, judgement }: GateResult,
  chalk: ChalkInstance,
) {
  const names = oneLine(`${target}: ${base.label} (base) against ${head.label} (head)`);
  const lines = [chalk.bold(wrap(names))];
  if (load && rounds.length > 0) {
    const dropped = judgement.dropped.length;
    const fresh = confirmationRounds(judgement);
    lines.push(
      wrap(
        `${plural(rounds.length, 'round')} of ${formatMs(load.durationMs)} an operation` +
          (fresh > 0 ? `, ${fresh} of them to confirm a suspicion` : '') +
          (dropped > 0 ? `, ${dropped} of them dropped for noise` : '') +
          `, ${formatRequestRate(load.ratePerSecond)} to each; medians over rounds, ` +
          'ratios within a round with exact intervals',
      ),
    );
  }
  return lines.join('\n');
}

/** Rounds that no look is at, and so no figure of the table. */
function confirmationRounds({ looks }: GateResult['judgement']): number {
  return looks.reduce((sum, { confirmation }) => sum + (confirmation?.rounds.length ?? 0), 0);
}

function provenance({ machine, seed, policy, load }: GateResult, chalk: ChalkInstance): string {
  const by = load?.engine ? `, sent by the ${load.engine.name} engine` : '';
  const how = `interleaved by ${policy.interleave}${by}, seed ${seed}`;
  if (!machine) return chalk.dim(how);
  const where = `${machine.cpuModel}, ${plural(machine.cpus, 'CPU')}, ${machine.platform} ${machine.kernel}, Node ${machine.nodeVersion}`;
  return chalk.dim(`${wrap(oneLine(where))}\n${how}`);
}

function outcomeColour(outcome: MetricRow['verdict'] | 'untrusted', chalk: ChalkInstance) {
  if (outcome === 'pass') return chalk.green;
  if (outcome === 'regression' || outcome === 'untrusted') return chalk.red;
  return outcome === 'reported' ? chalk.dim : chalk.yellow;
}
