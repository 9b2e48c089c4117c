import type { Chart } from './charts/chart.js';
import { dateText } from './charts/quantity.js';
import type { FigureTable } from './figures.js';

/** A chart or a table with the moment in its title: of several documents of a kind each has the same ones. */
export function dated<T extends Chart | FigureTable>(item: T, { startedAt }: Started): T {
  return { ...item, title: `${item.title}, ${momentOf({ startedAt })}` };
}

interface Started {
  startedAt: string;
}

/** When a document was begun, to the minute, in UTC. */
export function momentOf({ startedAt }: Started): string {
  return `${dateText(Date.parse(startedAt), 16)} UTC`;
}
