// The reports that `evalscope eval`, `perf` and `arena` write are these pages: made by the commands, opened from the disk.

import assert from 'node:assert/strict';
import { readFile, writeFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openedFile } from './file.mjs';
import { HOSTILE, SIGN } from './hostile.mjs';
import { mock } from './model.mjs';
import { person } from './person.mjs';
import { browser, command, folder } from './server.mjs';

let home, model, chromium;
const files = {};
const lines = (list) => list.map((one) => `${JSON.stringify(one)}\n`).join('');

before(async () => {
  home = await folder();
  let turn = 0;
  model = await mock((asked, { send, refuse }) => {
    const prompt = JSON.stringify(asked.messages);
    if (asked.model === 'judge') return send('The first one is better. [[A]]');
    if (prompt.includes('number 7?')) return refuse(400, `no: ${HOSTILE[4]}`);
    // Three in four are right; what surrounds the answer means harm.
    return send(`${HOSTILE[turn++ % HOSTILE.length]}\nANSWER: ${turn % 4 ? 'B' : 'A'}`);
  });
  const questions = Array.from({ length: HOSTILE.length }, (_, at) => ({ id: `q${at}`, question: `Question number ${at}? ${HOSTILE[at]}`, A: 'one', B: 'two', C: HOSTILE[3], D: 'four', answer: 'B' }));
  await mkdir(join(home.path, 'data'));
  await writeFile(join(home.path, 'data/quiz_val.jsonl'), lines(questions));
  const args = JSON.stringify({ general_mcq: { local_path: join(home.path, 'data'), subset_list: ['quiz'] } });
  // One sample fails, which is what its exit code says.
  await command(home.path, [1], 'eval', '--model', 'mock', '--api-url', model.url, '--datasets', 'general_mcq', '--dataset-args', args, '--work-dir', join(home.path, 'run'), '--no-timestamp', '--no-probe');
  files.run = join(home.path, 'run/reports/report.html');
  // Where the machine is busy the test says by its code that its figures are not the server's.
  await command(home.path, [0, 1], 'perf', '--url', model.url, '--model', 'mock', '--parallel', '1', '2', '--number', '6', '8', '--max-tokens', '8', '--outputs-dir', join(home.path, 'load'), '--no-timestamp', '--name', 'here');
  files.perf = join(home.path, 'load/here/perf_report.html');
  await writeFile(join(home.path, 'questions.jsonl'), lines(HOSTILE.slice(0, 8).map((text, at) => ({ question_id: at, text: `Question ${at}? ${text}`, category: at % 2 ? 'sums' : HOSTILE[0] }))));
  const one = (name) => `{model: ${name}, api_url: "${model.url}"}`;
  await writeFile(join(home.path, 'arena.yaml'), `models: [${one('good')}, ${one('bad')}]\njudge: ${one('judge')}\nquestions: questions.jsonl\nmode: pairwise\nposition_bias_mitigation: swap_position\nout: arena\n`);
  await command(home.path, [0], 'arena', 'run', '-c', 'arena.yaml');
  files.arena = join(home.path, 'arena/leaderboard.html');
  // Nothing of what follows may need it.
  model.stop();
  chromium = await browser();
});
after(async () => {
  await chromium?.close();
  model?.stop();
  await home?.remove();
});

/** Nothing of the text ran, nothing was asked for, nothing is wider than the screen. */
async function sound({ page, wrong }, where) {
  assert.equal(await page.evaluate((sign) => window[sign], SIGN), undefined, where);
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)) <= 0, where);
  assert.deepEqual(wrong, [], where);
}

test('the report of a run shows its failures, scores and samples', async () => {
  const opened = await openedFile(chromium, files.run);
  const { page } = opened;
  await page.getByText('1 sample failed').waitFor();
  await page.getByRole('region', { name: 'Scores', exact: true }).getByText('mock').first().waitFor();
  await page.getByRole('link', { name: /^Samples/ }).click();
  await page.getByText(`${HOSTILE.length} of ${HOSTILE.length} samples`).waitFor();
  for (let step = 0; step < HOSTILE.length; step += 1) {
    await page.keyboard.press('j');
    await page.waitForURL((url) => url.hash.endsWith(`sample=${step}`));
    await page.locator('article').getByText(`Question number ${step}?`).first().waitFor();
  }
  await sound(opened, 'samples');
});

test('the report of a load test draws its loads', async () => {
  const opened = await openedFile(chromium, files.perf);
  await opened.page.getByText(/^How E2E is distributed/).first().waitFor();
  await opened.page.locator('canvas').nth(3).waitFor();
  await sound(opened, 'perf');
});

test('the report of an arena shows ratings and battles', async () => {
  const opened = await openedFile(chromium, files.arena);
  await opened.page.getByText('8 of 8 battles').waitFor();
  await opened.page.getByRole('region', { name: 'Ratings' }).getByText('good').waitFor();
  for (let step = 0; step < 8; step += 1) {
    await opened.page.keyboard.press('j');
    await opened.page.locator('article').getByText(`Question ${step}?`).waitFor();
  }
  await sound(opened, 'arena');
});

test('without scripts a report says in text what it shows', async () => {
  for (const [name, says] of [['run', 'general_mcq'], ['perf', 'parallel'], ['arena', 'good']]) {
    const text = await readFile(files[name], 'utf8');
    const short = text.split('<noscript>')[1].split('</noscript>')[0];
    assert.ok(short.includes(says), `${name}: ${short.slice(0, 400)}`);
  }
});

test('reports are readable by all, in light and dark, wide and on a phone', async () => {
  for (const name of ['run', 'perf', 'arena']) {
    const { page, looked, close } = await person(chromium, '');
    await page.goto(`file://${files[name]}`);
    await page.locator('main :is(table, canvas)').first().waitFor();
    await looked(`report-${name}`);
    await close();
  }
});
