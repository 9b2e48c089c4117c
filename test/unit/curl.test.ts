import { expect, test } from 'vitest';
import { contractRequests, type RequestsFile, toRequestSet } from '../../src/config/requests.js';
import { curlLine } from '../../src/report/curl.js';

const origin = 'http://127.0.0.1:8080';
const lineOf = (request: RequestsFile[string]) => {
  const { requests } = toRequestSet({ ask: request }, {}, (path, message) => {
    throw new Error(`${path.join('.')} ${message}`);
  });
  return requests.map((spec) => curlLine(spec, origin)).join();
};

test.each<[request: RequestsFile[string], line: string]>([
  [{ path: '/v1/keys/{key}' }, `curl ${origin}/v1/keys/hello`],
  [{ path: '/?a={key}&b=1' }, `curl '${origin}/?a=hello&b=1'`],
  [{ path: '/?id[]={key}' }, `curl --globoff '${origin}/?id[]=hello'`],
  [{ method: 'HEAD', path: '/' }, `curl --head ${origin}/`],
  [{ method: 'DELETE', path: '/{key}' }, `curl --request DELETE ${origin}/hello`],
  [{ method: 'POST', path: '/' }, `curl --request POST ${origin}/`],
  [{ method: 'POST', path: '/', body: '{key}={value}' }, `curl --data-raw hello=world ${origin}/`],
  [
    { method: 'PUT', path: '/{index}', headers: { 'X-It': "it's {key}" }, body: '{value}' },
    `curl --request PUT --header 'X-It: it'\\''s hello' --data-raw world ${origin}/1`,
  ],
  [
    { method: 'POST', path: '/kv', body: { json: { k: '{key|base64}' } } },
    `curl --header 'content-type: application/json' --data-raw '{"k":"aGVsbG8="}' ${origin}/kv`,
  ],
  [
    { method: 'POST', path: '/kv', body: { form: { 'a b': '{key}' } } },
    `curl --header 'content-type: application/x-www-form-urlencoded' --data-raw a%20b=hello ${origin}/kv`,
  ],
])('%j', (request, line) => {
  expect(lineOf(request)).toBe(line);
});

test("the contract's own", () => {
  expect(contractRequests.requests.map((spec) => curlLine(spec, origin))).toEqual([
    `curl ${origin}/hello`,
    `curl --data-raw hello=world ${origin}/`,
  ]);
});
