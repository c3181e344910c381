// Runs that are started, stopped and gone on with from the page, against a server of our own that answers when it is told to.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { readdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { person } from './person.mjs';
import { app, browser, folder } from './server.mjs';

let home, server, chromium, model, endpoint;
/** Questions that were answered, how many more are answered at once, and those that wait. What finds out about the endpoint is none. */
const answered = [];
const isQuestion = (prompt) => /ANSWER|答案/.test(prompt);
let left = 3;
const waiting = [];
let hold;
const held = new Promise((done) => (hold = done));

function answer(prompt, response) {
  if (isQuestion(prompt)) answered.push(prompt);
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ id: 'x', object: 'chat.completion', created: 0, model: 'mock', choices: [{ index: 0, message: { role: 'assistant', content: 'The answer is A.' }, finish_reason: 'stop' }], usage: { prompt_tokens: 5, completion_tokens: 5, total_tokens: 10 } }));
}

before(async () => {
  home = await folder();
  model = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    if (request.method !== 'POST') return response.writeHead(404).end();
    const prompt = JSON.stringify(JSON.parse(body).messages);
    if (!isQuestion(prompt)) return answer(prompt, response);
    if (left > 0) {
      left -= 1;
      return answer(prompt, response);
    }
    waiting.push(() => response.destroyed || answer(prompt, response));
    hold();
  });
  model.listen(0, '127.0.0.1');
  await once(model, 'listening');
  endpoint = `http://127.0.0.1:${model.address().port}/v1`;
  server = await app(home.path, '--allow-run');
  chromium = await browser();
});
after(async () => {
  await chromium?.close();
  await server?.stop();
  model?.closeAllConnections();
  model?.close();
  await home?.remove();
});

async function fill(page, values) {
  for (const [label, value] of Object.entries(values)) await page.getByLabel(label, { exact: true }).fill(value);
}

test('a run is started, watched, stopped, and gone on with', async () => {
  const { page, open, looked } = await person(chromium, server.url);
  await open('#/new');
  await fill(page, { 'Model': 'mock', 'Endpoint (empty for a local model)': endpoint, 'Benchmarks': 'starter', 'Samples at most of each subset': '2', 'Calls at a time': '1' });
  await page.getByText('evalscope eval --model=mock').waitFor();
  await page.getByRole('button', { name: 'Start' }).click();
  const log = page.getByRole('region', { name: 'What the run says' });
  await log.first().waitFor();
  await page.getByRole('heading', { level: 2 }).getByRole('link').waitFor();
  await looked('launched');
  await page.getByRole('heading', { level: 2 }).getByRole('link').click();
  await page.getByText(/^running/).first().waitFor();
  await held;
  await page.getByText(/\d+ of \d+ samples/).first().waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByText('stopping after the calls in flight').waitFor();
  // One call is held, so that only a second word ends the run.
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByText(/^interrupted/).waitFor();
  await page.getByText(/ended with exit code/).waitFor();
  left = Infinity;
  for (const go of waiting) go();
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
  await fill(page, { 'Model': 'mock', 'Endpoint (empty for a local model)': endpoint, 'Benchmarks': 'no_such_benchmark' });
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
