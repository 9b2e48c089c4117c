// What does a time series cost the generator? Nanoseconds that it adds to a request, intervals of 100 ms
// and their ends included, beside the time of a request in a closed loop.
//
//   npm run bench:series
import { createRandom, TimelineRecorder } from '../dist/internals.js';
import { provenance } from './lab.mjs';

const requests = 5_000_000;
const perSecond = 50_000;
const random = createRandom(1);
// As long as answers take, over several orders of magnitude.
const latencies = Float64Array.from({ length: 4096 }, () => 20_000 * Math.exp(6 * random() ** 4));
const times = Array.from({ length: 7 }, () => {
  const recorder = new TimelineRecorder(100);
  recorder.begin(0);
  recorder.addSpan(0, (requests / perSecond) * 1000);
  const before = process.hrtime.bigint();
  for (let index = 0; index < requests; index++) {
    recorder.succeed((index / perSecond) * 1000, latencies[index & 4095]);
  }
  return Number(process.hrtime.bigint() - before) / requests;
});
// The first is not compiled yet.
const [least, ...more] = times.slice(1).sort((a, b) => a - b);
console.log(`${provenance()}\n`);
console.log(`${least.toFixed(0)} to ${more.at(-1).toFixed(0)} ns a request`);
