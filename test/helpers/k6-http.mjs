// The thread that sends the requests of `k6-runner.mjs`, one at a time, while that one waits.
import http from 'node:http';
import { workerData } from 'node:worker_threads';

const { port, shared } = workerData;
const flag = new Int32Array(shared);
const agent = new http.Agent({ keepAlive: true });

/** k6's own numbers for what went wrong, as far as its scripts tell them apart. */
const codes = { ECONNREFUSED: 1212, ECONNRESET: 1220 };

const send = ({ method, url, body, headers, timeout }) =>
  new Promise((resolve) => {
    const startMs = performance.now();
    const done = (answer) => resolve({ ...answer, durationMs: performance.now() - startMs });
    const failed = ({ message, code }) =>
      done({ status: 0, body: null, error: message, error_code: codes[code] ?? 1000 });
    const request = http.request(url, { method, headers, agent, timeout }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () =>
        done({ status: response.statusCode, body: Buffer.concat(chunks).toString() }),
      );
      response.on('error', failed);
    });
    request.on('timeout', () =>
      request.destroy(Object.assign(new Error('request timeout'), { code: 'ETIMEDOUT' })),
    );
    request.on('error', failed);
    request.end(body ?? undefined);
  });

port.on('message', async (request) => {
  port.postMessage(await send(request));
  Atomics.store(flag, 0, 1);
  Atomics.notify(flag, 0);
});
