const light = {
  ink: '#1f2328',
  grid: '#d8dce2',
  paper: '#ffffff',
  good: '#116329',
  bad: '#b42318',
  c0: '#00569c',
  c1: '#d55e00',
  c2: '#00795a',
  c3: '#93368d',
  c4: '#8a6100',
  c5: '#2b8cbe',
  c6: '#c2185b',
  c7: '#6b7280',
};

const dark: typeof light = {
  ink: '#e6e8eb',
  grid: '#3a404a',
  paper: '#14171c',
  good: '#5fd38d',
  bad: '#ff8f85',
  c0: '#5fb4f0',
  c1: '#f59b56',
  c2: '#3ccba2',
  c3: '#d99be0',
  c4: '#e5c04b',
  c5: '#a5c8ff',
  c6: '#ff86ad',
  c7: '#9aa3af',
};

const variables = (colours: typeof light) =>
  `:root{${Object.entries(colours)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';')}}`;

/** Lines that differ by dash where colours can't be told apart, as in print. */
const dashes = ['', '7 3', '2 3', '9 3 2 3', '12 4', '5 5', '1 4', '9 3 2 3 2 3'];

const numbered = (count: number, rule: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => rule(index)).join('');

/**
 * The style of every chart: colours as variables of the root, for light and dark screens and for
 * print, and rules for what `chartSvg` draws. A page holds it once; a standalone chart has its own.
 */
export const chartStyle = [
  variables(light),
  `@media (prefers-color-scheme:dark){${variables(dark)}}`,
  `@media print{${variables(light)}}`,
  '.chart{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;font-size:13px}',
  '.chart text{fill:var(--ink)}',
  '.chart .tick,.chart .note{font-size:12px}',
  '.chart .heading{font-size:16px;font-weight:600}',
  '.chart .paper{fill:var(--paper)}',
  '.chart .grid,.chart .minor,.chart .axis{fill:none;stroke:var(--grid)}',
  '.chart .minor{stroke-opacity:.45}',
  '.chart .axis{stroke:var(--ink);stroke-opacity:.6}',
  '.chart .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}',
  '.chart .fine{stroke-width:1.25}',
  '.chart .mark{fill:none;stroke:var(--ink);stroke-width:1.25;stroke-dasharray:4 3}',
  '.chart .dot{stroke-width:1.5}',
  '.chart .hollow{fill:var(--paper)}',
  '.chart .hit{fill:transparent;stroke:none;pointer-events:all}',
  numbered(8, (i) => `.chart .c${i}{stroke:var(--c${i})}.chart .f${i}{fill:var(--c${i})}`),
  numbered(8, (i) => (i === 0 ? '' : `.chart .d${i}{stroke-dasharray:${dashes[i]}}`)),
  '.chart .good{stroke:var(--good);fill:var(--good)}',
  '.chart .bad{stroke:var(--bad);fill:var(--bad)}',
  '.chart .neutral{stroke:var(--ink);fill:var(--paper)}',
  '.chart .open{fill:none}',
  '.chart text.good{stroke:none;fill:var(--good)}',
  '.chart text.bad{stroke:none;fill:var(--bad)}',
  '.chart text.neutral{stroke:none;fill:var(--ink)}',
].join('\n');
