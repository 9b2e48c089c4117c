import { type RequestSet, type RequestSpec, splitTemplate } from './requests.js';

/** What stands for a value that nobody else may read: the same for the same value of that name. */
export type Mask = (name: string, value: string) => string;

/** Headers of which the value is no secret. */
const plainHeader =
  /^(accept(-(charset|encoding|language))?|cache-control|connection|content-(encoding|language|type)|host|te|user-agent)$/i;

/**
 * Requests as they may be kept: the values of headers, of parameters of the query, and of fields of
 * the body are masked, but for what is filled in and for headers that say nothing. Names stay, and
 * so do methods, paths and what is expected.
 */
export function maskedRequests(set: RequestSet, mask: Mask): RequestSet {
  return { ...set, requests: set.requests.map((request) => maskedRequest(request, mask)) };
}

function maskedRequest(request: RequestSpec, mask: Mask): RequestSpec {
  const { path, headers, body } = request;
  return {
    ...request,
    path: maskedPath(path, mask),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name,
        plainHeader.test(name) ? value : maskedValue(name.toLowerCase(), value, mask),
      ]),
    ),
    body: body === null ? null : maskedBody(body, mask),
  };
}

/** A path with the values of its query masked. */
export function maskedPath(path: string, mask: Mask): string {
  const at = path.indexOf('?');
  return at < 0 ? path : `${path.slice(0, at)}?${maskedFields(path.slice(at + 1), mask)}`;
}

function maskedBody(body: string, mask: Mask): string {
  const json = parsed(body);
  if (json !== undefined) return JSON.stringify(maskedJson('', json, mask));
  if (/^[^=&\s]+=[^&\s]*(&[^=&\s]+=[^&\s]*)*$/.test(body)) return maskedFields(body, mask);
  return splitTemplate(body)
    .map((part) => {
      if (typeof part !== 'string') return placeholder(part);
      return /\w/.test(part) ? mask('', part) : part;
    })
    .join('');
}

function maskedJson(name: string, json: unknown, mask: Mask): unknown {
  if (typeof json === 'string') return maskedValue(name, json, mask);
  if (Array.isArray(json)) return json.map((item) => maskedJson(name, item, mask));
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => [key, maskedJson(key, value, mask)]),
  );
}

/** `name=value&…`; what has no name is a value itself. */
function maskedFields(text: string, mask: Mask): string {
  return text
    .split('&')
    .map((field) => {
      const at = field.indexOf('=');
      if (at < 0) return maskedValue('', field, mask);
      const name = field.slice(0, at);
      return `${name}=${maskedValue(name, field.slice(at + 1), mask)}`;
    })
    .join('&');
}

/** Nothing but what is filled in is no secret: keys and values are kvbench's own. */
function maskedValue(name: string, value: string, mask: Mask): string {
  const isOurs = splitTemplate(value).every((part) => typeof part !== 'string');
  return isOurs ? value : mask(name, value);
}

function placeholder({ name, encoding }: Exclude<ReturnType<typeof splitTemplate>[0], string>) {
  return encoding === 'none' ? `{${name}}` : `{${name}|${encoding}}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** A path, or a text that begins with a method and one, without the values of its query. */
export function withoutQuery(text: string): string {
  return text.replace(/^(\w+ )?([^\s?]*\?)\S*?(?=:? |:?$)/, '$1$2…');
}
