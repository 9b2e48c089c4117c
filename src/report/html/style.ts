import { chartStyle } from '../charts/svg-style.js';

/** Colours of the page besides those of the charts: for text on paper, all of contrast AA. */
const light = '--quiet:#57606a;--panel:#f5f6f8;--warn:#805500;--link:#00569c;--shade:#00000022';
const dark = '--quiet:#a3abb6;--panel:#1c2027;--warn:#e5c04b;--link:#7cc0f5;--shade:#00000088';

/** The one style of the page, that of its charts included. */
export const pageStyle = `${chartStyle}
:root{color-scheme:light dark;${light}}
@media (prefers-color-scheme:dark){:root{${dark}}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:1rem}
body{margin:0 auto;max-width:72rem;padding:1.5rem 1rem 4rem;color:var(--ink);background:var(--paper);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem}
h2{font-size:1.2rem;margin:2.5rem 0 .75rem;padding-bottom:.25rem;border-bottom:1px solid var(--grid)}
h3{font-size:1rem;margin:1.5rem 0 .5rem}
p{margin:.4rem 0}
a{color:var(--link)}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:.5rem;padding:.4rem .8rem;background:var(--paper);z-index:2}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;margin:.5rem 0;padding:0}
.lead{font-size:1.15rem;line-height:1.45;font-weight:500;margin:.5rem 0;max-width:60rem}
.facts,.note,small,figcaption p{color:var(--quiet)}
.note,figcaption p{font-size:.87rem}
small{font-weight:400;font-size:.87rem}
.good{color:var(--good)}.bad{color:var(--bad);font-weight:600}.warn{color:var(--warn)}.quiet{color:var(--quiet)}
ul.plain{list-style:none;margin:.75rem 0;padding:0}
ul.plain>li{margin:.5rem 0;padding:.45rem .75rem;background:var(--panel);border-left:3px solid var(--grid)}
ul.plain>.is-warn{border-color:var(--warn)}ul.plain>.is-bad{border-color:var(--bad)}ul.plain>.is-good{border-color:var(--good)}
.tables{display:flex;flex-wrap:wrap;column-gap:3.5rem}
.tables>div{min-width:0;max-width:100%}
.scroll{overflow-x:auto;margin:.75rem 0 1rem}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;overflow-wrap:normal}
caption{text-align:left;font-weight:600;padding-bottom:.35rem}
th,td{text-align:left;vertical-align:top;padding:.25rem .9rem .25rem 0;border-bottom:1px solid var(--grid);white-space:nowrap}
th:last-child,td:last-child{padding-right:.25rem}
thead th{color:var(--quiet);font-weight:500}
tbody th{font-weight:500}
.n{text-align:right}
.more caption{display:none}
.wrap th,.wrap td{white-space:normal;min-width:5rem}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,29rem),1fr));gap:2rem 2.5rem}
figure{margin:0;min-width:0}
figcaption h3{margin:0}
.plot{margin:.5rem 0;max-width:40rem}
.chart{display:block;width:100%;height:auto}
.chart .cursor{stroke:var(--ink);stroke-opacity:.5;pointer-events:none}
.chart .spot{fill:none;stroke:var(--ink);stroke-width:1.5;pointer-events:none}
.tip{position:absolute;z-index:1;pointer-events:none;max-width:min(24rem,92vw);padding:.35rem .6rem;font-size:.87rem;
color:var(--ink);background:var(--panel);border:1px solid var(--grid);border-radius:4px;box-shadow:0 2px 8px var(--shade)}
.tip p{margin:0}
[hidden]{display:none}
summary{cursor:pointer;color:var(--quiet);font-size:.87rem}
dl{display:grid;grid-template-columns:minmax(6rem,max-content) 1fr;gap:.25rem 1.25rem;margin:.75rem 0}
dt{color:var(--quiet)}dd{margin:0}
pre{white-space:pre-wrap;margin:.5rem 0;padding:.6rem .8rem;background:var(--panel);font:13px/1.5 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
.spoken{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
footer{margin-top:3rem;color:var(--quiet);font-size:.87rem}
@media (max-width:30rem){body{font-size:14px;padding:1rem .9rem 3rem}h1{font-size:1.35rem}.lead{font-size:1.05rem}
dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.4rem}}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
@media print{:root{color-scheme:light;${light}}
body{max-width:none;padding:0;font-size:10pt;color:#000;background:#fff}
nav,.skip,.tip,.figures{display:none}
h2,h3,caption,figcaption{break-after:avoid}
figure,tr,ul.plain>li,pre{break-inside:avoid}
.charts{display:block}figure{margin-bottom:1.5rem}.plot{max-width:15cm}
.scroll{overflow:visible}th,td{white-space:normal;padding-right:.5rem}
.more::details-content{content-visibility:visible;block-size:auto}}`;
