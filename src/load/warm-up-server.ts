/** The server that the generator warms up against: in a thread, so that it is compiled apart. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

const value = Buffer.alloc(workerData.valueBytes, 'x');
const server = createServer((request, response) => {
  request.resume().on('end', () => {
    response.end(request.method === 'POST' ? 'Key inserted' : value);
  });
});
server.listen(0, '127.0.0.1', () => {
  parentPort?.postMessage((server.address() as AddressInfo).port);
});
