// A run, a load test and an arena as one file, opened from the disk without a server.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openedFile } from './file.mjs';
import { HOSTILE, SIGN } from './hostile.mjs';
import { arena, perf, run, sums } from './outputs.mjs';
import { person } from './person.mjs';
import { app, browser, folder } from './server.mjs';

let home, chromium;
const files = {};

before(async () => {
  home = await folder();
  const failing = [...sums(40), { question: 'What is one?', error: 'the server answered 500: overloaded', target: '1' }];
  await run(join(home.path, 'a run/1'), { subsets: { easy: sums(150), hard: failing }, status: 'partial' });
  await run(join(home.path, 'hostile'), { subsets: { main: HOSTILE.map((text) => ({ id: text, question: text, reply: text, reasoning: text, answer: text, target: text, right: false })) }, hostile: HOSTILE[3] });
  await run(join(home.path, 'long'), { subsets: { main: sums(2600) } });
  await perf(join(home.path, 'load'));
  await perf(join(home.path, 'refused'), { answers: false });
  await arena(join(home.path, 'arena'));
  const server = await app(home.path);
  for (const [name, id] of [['run', 'a run/1'], ['long', 'long'], ['hostile', 'hostile'], ['perf', 'load'], ['refused', 'refused'], ['arena', 'arena']]) {
    const reply = await fetch(`${server.url}api/runs/${encodeURIComponent(id)}/page.html`);
    assert.equal(reply.status, 200, await reply.clone().text());
    assert.match(reply.headers.get('content-disposition'), /^attachment/);
    files[name] = join(home.path, `${name}.html`);
    await writeFile(files[name], await reply.text());
  }
  // Nothing of what follows may need it.
  await server.stop();
  chromium = await browser();
});
after(async () => {
  await chromium?.close();
  await home?.remove();
});

const opened = (name) => openedFile(chromium, files[name]);

test('a run is read, its samples walked through and searched', async () => {
  const { page, wrong } = await opened('run');
  await page.getByText('1 of 191 samples failed and is not in the scores.').waitFor();
  await page.getByText('1 sample failed').waitFor();
  await page.getByText('overloaded').first().waitFor();
  assert.equal(await page.getByRole('navigation').count(), 0);
  await page.getByRole('link', { name: /^Samples/ }).click();
  await page.getByText('191 of 191 samples').waitFor();
  await page.keyboard.press('j');
  await page.locator('article').getByText('What is 0 + 1?').waitFor();
  await page.getByRole('searchbox').fill('overloaded');
  // Exactly: "191 of 191 samples" holds these words too.
  await page.getByText('1 of 191 samples', { exact: true }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('0');
  await page.keyboard.press('3');
  await page.getByText('48 of 191 samples').waitFor();
  assert.deepEqual(wrong, []);
});

test('of a long run a file holds some samples of each verdict, and says so', async () => {
  const { page, wrong } = await opened('long');
  await page.getByRole('link', { name: /^Samples/ }).click();
  await page.getByText('This file holds 2,000 of the 2,600 samples').waitFor();
  await page.getByText('2,000 of 2,600 samples').waitFor();
  // Every fourth one is wrong.
  await page.keyboard.press('3');
  await page.getByText('650 of 2,600 samples').waitFor();
  assert.deepEqual(wrong, []);
});

test('a load test and an arena are drawn', async () => {
  const load = await opened('perf');
  await load.page.locator('canvas').nth(4).waitFor();
  assert.deepEqual(load.wrong, []);
  const board = await opened('arena');
  await board.page.getByText('12 battles, 23 verdicts, 1 unread').waitFor();
  await board.page.getByLabel('All categories').selectOption('maths');
  await board.page.getByText('4 of 12 battles').waitFor();
  await board.page.keyboard.press('j');
  await board.page.getByText('Second answer 0').waitFor();
  assert.deepEqual(board.wrong, []);
});

test('hostile text in the file is text', async () => {
  const { page, wrong } = await opened('hostile');
  await page.getByRole('link', { name: /^Samples/ }).click();
  await page.getByRole('option').first().waitFor();
  for (let step = 0; step < HOSTILE.length; step += 1) {
    await page.keyboard.press('j');
    await page.waitForURL((url) => url.hash.endsWith(`sample=${step}`));
    assert.equal(await page.evaluate((sign) => window[sign], SIGN), undefined, `sample ${step}`);
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)) <= 0, `sample ${step}`);
  }
  assert.deepEqual(wrong, []);
});

test('the file is readable by all, in light and dark, wide and on a phone', async () => {
  for (const name of ['run', 'perf', 'arena']) {
    const { page, looked, close } = await person(chromium, '');
    await page.goto(`file://${files[name]}`);
    await page.locator('main :is(table, canvas)').first().waitFor();
    await looked(`file-${name}`);
    await close();
  }
});

test('a load test in which nothing was answered shows its counts and errors', async () => {
  const { page, wrong } = await opened('refused');
  const stages = page.getByRole('region', { name: 'Stages' });
  await stages.getByText('server ×100: 500').first().waitFor();
  assert.equal(await stages.getByRole('row').count(), 5);
  await page.getByText('prompts: synthetic · EvalScope 0.1.0').waitFor();
  assert.deepEqual(wrong, []);
});
