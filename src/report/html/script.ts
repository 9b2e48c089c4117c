/**
 * The one script of the page: values of a chart at the pointer, and by arrow keys. Without it the
 * page is whole: points have titles, and every chart its table.
 */
export const pageScript = `'use strict';
(() => {
  const svgNs = 'http://www.w3.org/2000/svg';
  const spoken = document.getElementById('spoken');
  const tip = document.createElement('div');
  tip.className = 'tip';
  tip.hidden = true;
  tip.setAttribute('aria-hidden', 'true');
  document.body.append(tip);
  let mark = null;
  const clear = () => {
    tip.hidden = true;
    mark?.remove();
    mark = null;
  };
  const draw = (name, attributes) => {
    const node = document.createElementNS(svgNs, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    return node;
  };
  for (const plot of document.querySelectorAll('.plot')) {
    const svg = plot.querySelector('svg');
    const view = svg.viewBox.baseVal;
    const points = [...svg.querySelectorAll('.hit')].map((node) => {
      node.querySelector('title')?.remove();
      const { x, y, width, height } = node.getBBox();
      const { series, tip: label } = node.dataset;
      return { series, label, x: x + width / 2, y: y + height / 2 };
    });
    if (points.length === 0) continue;
    // A forest is read row by row, everything else along x.
    const axis = plot.dataset.kind === 'forest' ? 'y' : 'x';
    const stops = [...new Set(points.map((point) => point[axis]))].sort((a, b) => a - b);
    const distance = (value) => (point) => Math.abs(point[axis] - value);
    let at = -1;
    const show = (index, isSpoken) => {
      at = Math.max(0, Math.min(stops.length - 1, index));
      const away = distance(stops[at]);
      const near = new Map();
      for (const point of points) {
        const best = near.get(point.series);
        if (away(point) <= 12 && !(best && away(best) <= away(point))) near.set(point.series, point);
      }
      const shown = [...near.values()];
      clear();
      mark = draw('g', {});
      const [x1, x2] = axis === 'x' ? [stops[at], stops[at]] : [view.x, view.x + view.width];
      const [y1, y2] = axis === 'x' ? [view.y, view.y + view.height] : [stops[at] + 9, stops[at] + 9];
      mark.append(draw('line', { class: 'cursor', x1, x2, y1, y2 }));
      if (axis === 'x') mark.append(...shown.map(({ x, y }) => draw('circle', { class: 'spot', cx: x, cy: y, r: 5 })));
      svg.append(mark);
      tip.replaceChildren(...shown.map(({ label }) => {
        const line = document.createElement('p');
        line.textContent = label;
        return line;
      }));
      tip.hidden = false;
      const box = svg.getBoundingClientRect();
      const scale = box.width / view.width;
      const left = box.left + (shown[0].x - view.x) * scale;
      const top = box.top + (Math.min(...shown.map(({ y }) => y)) - view.y) * scale;
      const flipped = left + 14 + tip.offsetWidth > document.documentElement.clientWidth;
      tip.style.left = scrollX + Math.max(4, flipped ? left - 14 - tip.offsetWidth : left + 14) + 'px';
      tip.style.top = scrollY + Math.max(4, top - 10 - tip.offsetHeight) + 'px';
      if (isSpoken) spoken.textContent = shown.map(({ label }) => label).join('; ');
    };
    const follow = (event) => {
      const box = svg.getBoundingClientRect();
      const scale = view.width / box.width;
      const value = axis === 'x' ? view.x + (event.clientX - box.left) * scale : view.y + (event.clientY - box.top) * scale;
      const away = stops.map((stop) => Math.abs(stop - value));
      show(away.indexOf(Math.min(...away)), false);
    };
    plot.tabIndex = 0;
    plot.setAttribute('role', 'application');
    plot.setAttribute('aria-roledescription', 'chart');
    plot.setAttribute('aria-label', plot.dataset.title + ': arrow keys walk the points');
    plot.addEventListener('pointermove', follow);
    plot.addEventListener('pointerdown', follow);
    plot.addEventListener('pointerleave', clear);
    plot.addEventListener('blur', clear);
    plot.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (step) show(at < 0 && step < 0 ? stops.length - 1 : at + step, true);
      else if (event.key === 'Home') show(0, true);
      else if (event.key === 'End') show(stops.length - 1, true);
      else if (event.key === 'Escape') clear();
      else return;
      event.preventDefault();
    });
  }
  addEventListener('beforeprint', () => {
    clear();
    for (const more of document.querySelectorAll('.more')) more.open = true;
  });
})();
`;
