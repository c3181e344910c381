// What the web UI costs on a run of many synthetic samples: `node benches/web.mjs [SAMPLES] [FOLDER] [ROUNDS]`.
// A folder that is there already is used again, so that the figures can be taken twice without writing it anew.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, synthetic } from '../web/tests/outputs.mjs';
import { app, browser, folder } from '../web/tests/server.mjs';

const samples = Number(process.argv[2] ?? 1_000_000);
const home = process.argv[3] ? { path: process.argv[3], remove: () => {} } : await folder();
const ROUNDS = Number(process.argv[4] ?? 100);
const VERDICTS = ['wrong', 'right', 'failed', 'right,failed'];
const SEARCHES = ['education', 'force teacher', 'moment', '"city name"', 'air', 'reason research', 'time', 'question 4242', 'guy', 'lot right', 'honor', 'overloaded', 'girl moment', 'teach', 'person art'];

const seconds = (from) => ((performance.now() - from) / 1000).toFixed(2);
const memory = (pid, name) => Number(/(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8').split('\n').find((line) => line.startsWith(name)))[0]) / 1000;
function print(name, times) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(1);
  console.log(`${name.padEnd(28)} p50 ${at(0.5).padStart(7)} ms   p95 ${at(0.95).padStart(7)} ms   max ${sorted.at(-1).toFixed(1).padStart(7)} ms   n ${sorted.length}`);
}

const big = join(home.path, 'big');
if (!existsSync(join(big, 'run.json'))) {
  const from = performance.now();
  await run(big, { subsets: { main: synthetic(samples) }, status: 'partial' });
  console.log(`written ${samples} samples in ${seconds(from)} s`);
}
let server = await app(home.path);
let from = performance.now();
for (;;) {
  const found = await (await fetch(`${server.url}api/runs/big/facets`)).json();
  if (!found.making) break;
  await new Promise((done) => setTimeout(done, 500));
}
console.log(`index ready after ${seconds(from)} s; memory of the server ${memory(server.pid, 'VmRSS').toFixed(0)} MB, at most ${memory(server.pid, 'VmHWM').toFixed(0)} MB`);
from = performance.now();
const first = await (await fetch(`${server.url}api/runs/big`)).json();
console.log(`run without a summary: there after ${seconds(from)} s, ${first.counting ? 'its scores are being counted' : 'with its scores'}`);
while ((await (await fetch(`${server.url}api/runs/big`)).json()).counting);
console.log(`scores counted after ${seconds(from)} s; memory of the server at most ${memory(server.pid, 'VmHWM').toFixed(0)} MB`);
await server.stop();

server = await app(home.path);
const chromium = await browser();
const page = await chromium.newPage({ viewport: { width: 1280, height: 800 } });
await page.goto(`${server.url}#/runs`);
await page.waitForSelector('li');
const opened = [];
for (const hash of ['#/run/big/samples', '#/run/big']) {
  from = performance.now();
  await page.evaluate((to) => (location.hash = to), hash);
  await page.waitForSelector(hash.endsWith('samples') ? '[role=option] .line.mono' : 'tbody .score', { state: 'attached' });
  opened.push(performance.now() - from);
}
console.log(`opened, with a new server: samples ${opened[0].toFixed(0)} ms, run ${opened[1].toFixed(0)} ms`);

/** Times, inside the browser, from a change until the rows that it brings are there. */
const timed = (change, argument) => page.evaluate(async ({ change, argument }) => {
  const box = document.querySelector('[role=listbox]');
  const from = performance.now();
  const frame = () => new Promise(requestAnimationFrame);
  if (change === 'scroll') {
    box.scrollTop = argument * (box.scrollHeight - box.clientHeight);
    await frame();
    for (;;) {
      const rows = [...box.querySelectorAll('[role=option]')];
      if (rows.length > 10 && rows.every((row) => row.querySelector('.line'))) break;
      await frame();
    }
  } else {
    const status = document.querySelector('.list [role=status]').textContent;
    location.hash = argument;
    for (;;) {
      if (document.querySelector('.list [role=status]').textContent !== status) break;
      await frame();
    }
  }
  return performance.now() - from;
}, { change, argument });

await page.evaluate(() => (location.hash = '#/run/big/samples'));
await page.waitForSelector('[role=option] .line.mono', { state: 'attached' });
const scrolls = [];
for (let round = 0; round < ROUNDS; round += 1) scrolls.push(await timed('scroll', (round * 0.618034) % 1));
print('scroll anywhere', scrolls);
const filters = [];
for (let round = 0; round < ROUNDS; round += 1) filters.push(await timed('hash', `#/run/big/samples?verdict=${VERDICTS[round % 4]}&max_length=${130 + round}`));
print('filter', filters);
const searches = [];
for (let round = 0; round < ROUNDS; round += 1) {
  // Two searches that are cut say the same of themselves, so that another list stands between them.
  await timed('hash', '#/run/big/samples?verdict=wrong');
  searches.push(await timed('hash', `#/run/big/samples?text=${encodeURIComponent(SEARCHES[round % SEARCHES.length])}&max_length=${1000 + round}`));
}
print('search', searches);
console.log(`memory of the server ${memory(server.pid, 'VmRSS').toFixed(0)} MB, at most ${memory(server.pid, 'VmHWM').toFixed(0)} MB`);
await chromium.close();
await server.stop();
await home.remove();
