import { type RequestSpec, splitTemplate } from '../config/requests.js';
import { quoted } from './shell.js';

/** A request as a line to paste into a shell, with a key and a value for example. */
export function curlLine(spec: RequestSpec, origin: string): string {
  const { method, path, headers, body } = spec;
  const isPlain = method === 'GET' || (method === 'POST' && body !== null);
  const url = origin + example(path);
  const words = [
    'curl',
    // Brackets and braces would be patterns of its own.
    ...(/[[\]{}]/.test(url) ? ['--globoff'] : []),
    ...(method === 'HEAD' ? ['--head'] : isPlain ? [] : ['--request', method]),
    ...Object.entries(headers).flatMap(([name, value]) => [
      '--header',
      `${name}: ${example(value)}`,
    ]),
    ...(body === null ? [] : ['--data-raw', example(body)]),
    url,
  ];
  return words.map(quoted).join(' ');
}

const examples = { key: 'hello', value: 'world', index: '1' };

function example(template: string): string {
  return splitTemplate(template)
    .map((part) => {
      if (typeof part === 'string') return part;
      const text = examples[part.name];
      return part.encoding === 'base64' ? Buffer.from(text).toString('base64') : text;
    })
    .join('');
}
