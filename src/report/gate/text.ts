import type { ChalkInstance } from 'chalk';
import type { GateResult } from '../../gate/schema.js';
import { plural } from '../../plural.js';
import { oneLine, wrap } from '../format.js';
import { gatePlot } from '../plots.js';
import { fitted, renderTable } from '../tables.js';
import { warning } from '../text.js';
import type { TextOptions } from '../text-options.js';
import { coloured, gateTones } from '../tone.js';
import { circumstances, describeDifferences, describeRounds } from './circumstances.js';
import { nextSteps } from './next.js';
import { asideSentences, openSentences, verdictSentence } from './sentence.js';
import { allowanceText, figureText, labelOf, ratioTexts } from './words.js';

/** Leaves 80 columns for the widest figures beside it. */
const labelWidth = 11;

/** The verdict for a terminal of 80 columns: a table with a line a figure, and a sentence. */
export function reportGateText(result: GateResult, { chalk, plot, width }: TextOptions): string {
  const { metrics, verdict } = result.judgement;
  const sentence = wrap(verdictSentence(result));
  const tone = gateTones[verdict?.outcome ?? 'inconclusive'];
  const rows = metrics.map((row) => {
    const { estimate, interval } = ratioTexts(row);
    return [
      labelOf(row, labelWidth),
      figureText(row, 'base'),
      figureText(row, 'head'),
      estimate,
      interval,
      allowanceText(row),
      coloured(row.verdict, gateTones[row.verdict], chalk),
    ];
  });
  const head = ['', 'base', 'head', 'ratio', 'interval', 'allowed', 'verdict'];
  const sections = [
    heading(result, chalk),
    rows.length > 0 ? renderTable(head, rows, { chalk, width }) : '',
    plot ? gatePlot(result, { chalk, width, ...plot }) : '',
    sentence.replace(/^[a-z ]+(?=:)/, (word) => coloured(word, tone, chalk)),
    [...asideSentences(result), ...openSentences(result)].map((line) => wrap(line)).join('\n'),
    nextSteps(result)
      .map((step) => `${chalk.cyan('next:')} ${wrap(step, { used: 6 })}`)
      .join('\n'),
    result.warnings.map(({ message, advice }) => warning(chalk, message, advice)).join('\n'),
    provenance(result, chalk),
  ];
  return fitted(`${sections.filter((section) => section !== '').join('\n\n')}\n`, width);
}

function heading(result: GateResult, chalk: ChalkInstance) {
  const { target, base, head } = result;
  const names = oneLine(`${target}: ${base.label} (base) against ${head.label} (head)`);
  const lines = [chalk.bold(wrap(names))];
  const differences = describeDifferences(result);
  if (differences !== null) lines.push(wrap(oneLine(differences)));
  const rounds = describeRounds(result);
  if (rounds !== null) lines.push(wrap(rounds));
  return lines.join('\n');
}

function provenance(result: GateResult, chalk: ChalkInstance): string {
  const { machine, seed, policy, load } = result;
  const by = load?.engine ? `, sent by the ${load.engine.name} engine` : '';
  const how = `interleaved by ${policy.interleave}${by}, seed ${seed}`;
  if (!machine) return chalk.dim(how);
  const where = `${machine.cpuModel}, ${plural(machine.cpus, 'CPU')}, ${machine.platform} ${machine.kernel}, Node ${machine.nodeVersion}`;
  const lines = [where, ...circumstances(result)].map((line) => wrap(oneLine(line)));
  return chalk.dim([...lines, how].join('\n'));
}
