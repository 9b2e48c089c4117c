import { createHash } from 'node:crypto';
import { packageVersion } from '../../package.js';
import { tag } from '../charts/svg-parts.js';
import type { KnownDocument } from '../kinds/kind.js';
import { outlineOf } from '../outline.js';
import { element, text } from './markup.js';
import { pageScript } from './script.js';
import { type Section, sectionsOf } from './sections.js';
import { pageStyle } from './style.js';

/**
 * Documents as one HTML page that opens from disk, loads nothing, and takes no other style or script
 * than its own. The same documents give the same bytes, wherever and whenever.
 */
export function reportHtml(documents: readonly KnownDocument[], title?: string): string {
  const outline = outlineOf(documents, title);
  const sections = sectionsOf(outline);
  const head = [
    tag('meta', { charset: 'utf-8' }),
    tag('meta', { 'http-equiv': 'Content-Security-Policy', content: policy }),
    tag('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    tag('meta', { name: 'color-scheme', content: 'light dark' }),
    tag('meta', { name: 'generator', content: `kvbench ${packageVersion}` }),
    element('title', {}, text(outline.title).replace(/<\/?bdi>/g, '')),
    `<style>${pageStyle}</style>`,
  ];
  const body = [
    element('a', { class: 'skip', href: '#summary' }, 'Skip to the summary'),
    element('header', {}, element('h1', {}, text(outline.title)), contents(sections)),
    element('main', {}, ...sections.map(sectionHtml)),
    element('footer', {}, element('p', {}, `Made by kvbench ${text(packageVersion)}.`)),
    element('p', { id: 'spoken', class: 'spoken', role: 'status', 'aria-live': 'polite' }),
    `<script>${pageScript}</script>`,
  ];
  return [
    '<!doctype html>',
    '<html lang="en" dir="ltr">',
    element('head', {}, '\n', head.join('\n'), '\n'),
    element('body', {}, '\n', body.join('\n'), '\n'),
    '</html>\n',
  ].join('\n');
}

const policy = [
  "default-src 'none'",
  `style-src '${hashOf(pageStyle)}'`,
  `script-src '${hashOf(pageScript)}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

function hashOf(content: string): string {
  return `sha256-${createHash('sha256').update(content).digest('base64')}`;
}

function contents(sections: readonly Section[]): string {
  const links = sections.map(({ id, heading }) =>
    element('li', {}, element('a', { href: `#${id}` }, heading)),
  );
  return element('nav', { 'aria-label': 'Contents' }, element('ul', {}, ...links));
}

function sectionHtml({ id, heading, html }: Section): string {
  return element(
    'section',
    { id, 'aria-labelledby': `${id}-heading` },
    element('h2', { id: `${id}-heading` }, heading),
    html,
  );
}
