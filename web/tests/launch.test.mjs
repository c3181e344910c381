// Runs that are started, stopped and gone on with from the page, against a server of our own that answers when it is told to.

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { mock } from './model.mjs';
import { person } from './person.mjs';
import { app, browser, folder, within } from './server.mjs';

let home, server, chromium, model;
/** Questions that were answered, how many more are answered at once, and those that wait. What finds out about the endpoint is none. */
const answered = [];
const isQuestion = (prompt) => /ANSWER|答案/.test(prompt);
let left = 3;
const waiting = [];
let hold;
const held = new Promise((done) => (hold = done));

before(async () => {
  home = await folder();
  model = await mock((asked, { send, isGone }) => {
    const prompt = JSON.stringify(asked.messages);
    const answer = () => {
      if (isQuestion(prompt)) answered.push(prompt);
      send('The answer is A.');
    };
    if (!isQuestion(prompt)) return answer();
    if (left > 0) {
      left -= 1;
      return answer();
    }
    waiting.push(() => isGone() || answer());
    hold();
  });
  server = await app(home.path, '--allow-run');
  chromium = await browser();
});
after(async () => {
  await chromium?.close();
  await server?.stop();
  model?.stop();
  await home?.remove();
});

async function fill(page, values) {
  for (const [label, value] of Object.entries(values)) await page.getByLabel(label, { exact: true }).fill(value);
}

test('a run is started, watched, stopped, and gone on with', async () => {
  const { page, open, looked } = await person(chromium, server.url);
  await open('#/new');
  await fill(page, { 'Model': 'mock', 'Endpoint (empty for a local model)': model.url, 'Benchmarks': 'starter', 'Samples at most of each subset': '2', 'Calls at a time': '1' });
  await page.getByText('evalscope eval --model=mock').waitFor();
  await page.getByRole('button', { name: 'Start' }).click();
  const log = page.getByRole('region', { name: 'What the run says' });
  await log.first().waitFor();
  await page.getByRole('heading', { level: 2 }).getByRole('link').waitFor();
  await looked('launched');
  await page.getByRole('heading', { level: 2 }).getByRole('link').click();
  await page.getByText(/^running/).first().waitFor();
  await within('a held question', held);
  await page.getByText(/\d+ of \d+ samples/).first().waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByText('stopping after the calls in flight').waitFor();
  // One call is held, so that only a second word ends the run.
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByText(/^interrupted/).waitFor();
  await page.getByText(/ended with exit code/).waitFor();
  // The server ends and another one begins: what the run was asked to do is still known, and said before it is done.
  await server.stop();
  server = await app(home.path, '--allow-run');
  left = Infinity;
  for (const go of waiting) go();
  await page.goto(server.url + new URL(page.url()).hash);
  await page.getByText('evalscope eval --model=mock').waitFor();
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByText(/^finished/).waitFor();
  await page.getByText('ended with exit code 0').waitFor();
  assert.equal(await page.getByRole('button', { name: /Stop|Go on/ }).count(), 0);
  assert.ok(answered.length > 3);
  assert.equal(new Set(answered).size, answered.length, 'a question was asked twice');
  await looked('launched-run');
});

test('a run that cannot begin says why', async () => {
  const { page, open } = await person(chromium, server.url);
  await open('#/new');
  await fill(page, { 'Model': 'mock', 'Endpoint (empty for a local model)': model.url, 'Benchmarks': 'no_such_benchmark' });
  await page.getByText('evalscope eval --model=mock').waitFor();
  await page.getByRole('button', { name: 'Start' }).click();
  await page.getByText(/error: .*no_such_benchmark/).waitFor();
  await page.getByText('ended with exit code 2').waitFor();
});

test('another site starts, stops and reads nothing', async () => {
  const wish = JSON.stringify({ model: 'mock', datasets: ['starter'] });
  const before = (await readdir(home.path)).length;
  for (const [path, body] of [['runs', wish], ['runs/x/stop', '{}'], ['runs/x/resume', '{}']]) {
    const reply = await fetch(`${server.url}api/${path}`, { method: 'POST', headers: { origin: 'http://evil.example', 'content-type': 'application/json' }, body });
    assert.equal(reply.status, 403, path);
  }
  assert.equal((await fetch(`${server.url}api/runs/..%2Fx/log`)).status, 404);
  assert.equal((await readdir(home.path)).length, before);
});
