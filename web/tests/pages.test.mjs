// What a person does on the pages, in a real browser. With SHOTS=folder it leaves pictures there.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DOUBT, arena, perf, run, sums } from './outputs.mjs';
import { person } from './person.mjs';
import { app, browser, folder } from './server.mjs';

let home, server, chromium, page, open, shot, accessible;

before(async () => {
  home = await folder();
  const failing = [...sums(40), { question: 'What is one?', error: 'the server answered 500: overloaded', target: '1' }];
  await run(join(home.path, '20260131_120000'), { models: ['small-model', 'large-model'], subsets: { easy: sums(60), hard: failing }, status: 'partial' });
  await run(join(home.path, '20260201_090000'), { models: ['other-model'], subsets: { easy: sums(60), hard: sums(41) }, started: '2026-02-01T09:00:00Z', scoring: { note: 'asked otherwise' } });
  await run(join(home.path, 'suite/20260202_100000'), { models: ['tiny'], benchmark: 'capitals@own-1', subsets: { main: sums(20) }, started: '2026-02-02T10:00:00Z' });
  await perf(join(home.path, 'load/a'));
  await perf(join(home.path, 'load/b'), { model: 'large-model', speed: 0.6, began: '2026-02-02T08:00:00Z' });
  await arena(join(home.path, 'arena'));
  server = await app(home.path);
  chromium = await browser();
  ({ page, open, shot, accessible } = await person(chromium, server.url));
});
after(async () => {
  await chromium?.close();
  await server?.stop();
  await home?.remove();
});

test('runs are listed, searched and filtered', async () => {
  await open('#/runs');
  await page.getByText('6 of 6 runs').waitFor();
  await shot('runs');
  await accessible('runs');
  await page.getByRole('searchbox').fill('capitals');
  await page.getByText('1 of 6 runs').waitFor();
  await page.getByRole('searchbox').fill('');
  await page.getByLabel('All models').selectOption('large-model');
  await page.getByText('2 of 6 runs').waitFor();
  await page.getByLabel('All models').selectOption('');
  await page.getByLabel('from').fill('2026-02-02');
  await page.getByText('2 of 6 runs').waitFor();
});

test('a run shows failures first, scores with intervals, and takes tags', async () => {
  await open('#/run/20260131_120000');
  await page.getByRole('heading', { name: '2 samples failed' }).waitFor();
  await page.getByText('overloaded').first().waitFor();
  await page.getByRole('button', { name: /subsets/ }).first().click();
  await page.getByRole('link', { name: 'hard' }).first().waitFor();
  await page.getByLabel('add a tag').fill('baseline');
  await page.keyboard.press('Enter');
  await page.getByLabel('Remove the tag baseline').waitFor();
  await shot('run');
  await accessible('run');
  await open('#/runs?tag=baseline');
  await page.getByText('1 of 6 runs').waitFor();
});

test('a run whose scores are still being counted is there at once', async () => {
  let isCounting = true;
  await page.route(/\/api\/runs\/20260131_120000$/, async (route) => {
    const reply = await (await route.fetch()).json();
    await route.fulfill({ json: isCounting ? { ...reply, summary: null, counting: { done: 50, total: 202 } } : reply });
  });
  await open('#/run/20260131_120000');
  await page.getByText('The scores are being counted, once: 50 of 202 samples').waitFor();
  await page.getByRole('heading', { name: '2 samples failed' }).waitFor();
  isCounting = false;
  await page.getByRole('region', { name: 'Scores', exact: true }).waitFor();
  assert.equal(await page.getByText('being counted').count(), 0);
  await page.unroute(/\/api\/runs\/20260131_120000$/);
});

test('what should be known beside the scores is said', async () => {
  const estimate = (value) => ({ value, interval_95: [value - 0.1, value + 0.1] });
  const meter = { judge: 'a judge', verdicts: 60, unread: 2, swapped_pairs: 30, swap_consistency: 0.5, first_slot_excess: 0.2, first_slot_half_width_95: 0.1, length_effect: estimate(0.05), null_model: estimate(0.4), not_measured: { own_wins: 'no answers of its own' } };
  const audit = { replies: 100, read: 98, strict: 0.7, lenient: 0.8, differing: 9, against_both: 4, empty: 2, truncated: 3, context_full: 2, refused: 1, unfinished_thinking: 0 };
  await page.route(/\/api\/runs\/20260131_120000$/, async (route) => {
    const reply = await (await route.fetch()).json();
    const [first, ...others] = reply.summary.benchmarks;
    const metric = { ...first.metrics[0], n: 5 };
    const averages = (name) => ({ name, failed: 7, micro: metric, macro: { ...metric, score: 0.25 }, weighted: metric });
    const collections = [{ model: 'small-model', whole: averages('suite'), members: [{ benchmark: 'sums', weight: 0.5, failed: 6, metric }], tags: [averages('short')] }];
    reply.summary = { ...reply.summary, repeats: 3, limit: { count: 60 }, collections, benchmarks: [{ ...first, judge_meters: [meter], audit, choice: { mode: 'top_logprobs', own: 'loglikelihood' }, missing_subsets: ['lost'], shuffled_without: ['gone', 'lost'] }, ...others], nondeterminism: { 'small-model': { repeats: 4, differing: 1 } } };
    await route.fulfill({ json: reply });
  });
  await open('#/run/20260131_120000');
  const notes = page.getByRole('region', { name: 'Beside the scores' });
  for (const text of [/Judge a judge: 60 verdicts, 2 unread · the same in both orders on 50 % of 30 pairs · first place ahead by 20 % ± 10 %/, /an answer without content gets 0.400: this judge cannot be trusted · not measured: own_wins/, 'Choice mode top-logprobs departs from the protocol’s loglikelihood', 'Audit of 100 replies · 0.700 read strictly, 0.800 leniently, 9 read differently · 4 scored against both readings · 2 empty · 1 truncated · 2 truncated because the context was full · 1 refused', 'Subsets without data: lost', 'Shuffled without subsets whose data is not there, in another order than with them: gone, lost', 'seed 42 · each question asked 3 times · at most 60 samples of each subset', 'small-model, asked again at temperature 0: 1 of 4 answers differ']) await notes.getByText(text).waitFor();
  const mix = page.getByRole('region', { name: 'Mix suite' });
  const line = (text) => mix.getByRole('row').filter({ hasText: text }).innerText();
  assert.match(await line('sums (weight 0.500)'), /\s5\s+6\s/);
  assert.match(await line('tag short'), /\s5\s+7\s.*0\.250/);
  await shot('run-notes');
  await accessible('notes');
  await page.unroute(/\/api\/runs\/20260131_120000$/);
});

test('samples are walked through with keys, filtered and linked to', async () => {
  await open('#/run/20260131_120000/samples');
  await page.getByText('202 of 202 samples').waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.waitForURL((url) => url.hash.includes('sample=1'));
  await page.getByText('What is 1 + 2?').last().waitFor();
  assert.equal(await page.locator('mark').textContent(), '3');
  await shot('samples');
  await accessible('samples');
  await page.keyboard.press('k');
  await page.waitForURL((url) => url.hash.includes('sample=0'));
  await page.keyboard.press('3');
  await page.getByText('75 of 202 samples').waitFor();
  await page.keyboard.press('0');
  await page.getByText('202 of 202 samples').waitFor();
  await page.keyboard.press('7');
  await page.getByText('101 of 202 samples').waitFor();
  await page.keyboard.press('9');
  await page.getByText('60 of 202 samples').waitFor();
  await page.keyboard.press('9');
  await page.getByText('41 of 202 samples').waitFor();
  await page.keyboard.press('7');
  await page.waitForURL((url) => url.hash.includes('model=large-model') && !url.hash.includes('subset'));
  await page.keyboard.press('7');
  await page.getByText('202 of 202 samples').waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('"What is 17"');
  await page.getByText('4 of 202 samples').waitFor();
  await page.keyboard.press('Escape');
  await open('#/run/20260131_120000/samples?sample=150');
  await page.locator('[role=option][aria-selected=true]').waitFor();
  await page.locator('article h2').waitFor();
});

test('runs are compared, question by question', async () => {
  await open('#/compare?run=20260131_120000&run=20260201_090000');
  await page.getByText('The plan of 20260201_090000 differs').waitFor();
  await page.getByRole('button', { name: 'q0' }).first().click();
  await page.locator('.charts article').nth(2).waitFor();
  await page.getByRole('combobox', { name: 'Disagreements' }).selectOption('none_right');
  await page.getByText(/\d+ of 101 questions/).waitFor();
  await page.getByRole('combobox', { name: 'Disagreements' }).selectOption('differing');
  await shot('compare');
  await accessible('compare');
});

test('models that were asked in different choice modes are not ranked together', async () => {
  await page.route(/\/api\/compare\?/, async (route) => {
    const reply = await (await route.fetch()).json();
    for (const of of reply.benchmarks) {
      of.models.forEach((one) => (one.choice_mode = one.model === 2 ? { constrained: 'json_schema' } : 'top_logprobs'));
      for (const pair of of.pairs) if (pair.b === 2) Object.assign(pair, { incomparable: 'choice_modes', interval_95: null, p_value_holm: null, mcnemar: null, minimum_detectable_effect: null });
    }
    await route.fulfill({ json: reply });
  });
  await open('#/compare?run=20260131_120000&run=20260201_090000');
  const scores = page.getByRole('region', { name: 'Scores', exact: true });
  await scores.getByText(/n = \d+ · constrained/).waitFor();
  assert.equal(await scores.getByText(/n = \d+ · top-logprobs/).count(), 2);
  assert.equal(await scores.locator('.best').count(), 0);
  await page.getByText('Choice modes do not measure the same').waitFor();
  assert.equal(await page.getByText('Asked in different choice modes: not comparable').count(), 2);
  await accessible('choice modes');
  await page.unroute(/\/api\/compare\?/);
});

test('load tests are drawn and set beside each other', async () => {
  await open('#/perf?run=load%2Fa&run=load%2Fb');
  await page.locator('canvas').first().waitFor();
  assert.ok((await page.locator('canvas').count()) >= 14);
  // The server's own figures stand on the seconds of the stage, those that tell of load first.
  await page.getByText('vllm:num_requests_waiting').first().waitFor();
  await page.getByLabel('Add a figure of the server').first().selectOption('vllm:generation_tokens');
  await page.getByText('vllm:generation_tokens per second').waitFor();
  // Both deployments under one load: the second has 60 % of the first one's throughput.
  const row = page.getByRole('region', { name: 'Deployments' }).getByRole('row').filter({ hasText: 'requests/s' }).first();
  assert.match(await row.innerText(), /−40 %/);
  // What the loads say together, and how times are distributed in each.
  await page.getByText('Saturation: at parallel 20, between 8 and 32, with 44 requests/s').first().waitFor();
  await page.getByText('ttft p95 under 200 ms: kept at parallel 28, missed at 30').first().waitFor();
  // That the client may have missed, once, beside what was found; other notes stay.
  await page.getByText(`What was missed may be the limit of the client and not of the server: ${DOUBT}`).first().waitFor();
  assert.equal(await page.getByText(DOUBT).count(), 2);
  assert.equal(await page.getByText('prompts came again').count(), 2);
  await page.getByText('How TTFT is distributed').first().waitFor();
  await page.getByRole('img', { name: 'TTFT over time: the darker, the more' }).first().waitFor();
  assert.ok(await page.locator('.drawn canvas').first().evaluate((map) => map.getContext('2d').getImageData(0, 0, map.width, map.height).data.some((value) => value > 0)), 'the map is empty');
  // What graphics cards did in the stage, and how far runs of a load lie apart.
  const cards = page.getByRole('region', { name: 'Graphics cards' }).first();
  assert.match(await cards.innerText(), /0 H100\s+87 %\s+71\.3 GiB\s+412 W\s+66 °C\s+1\s+10 %\s+–\s+–\s+–/);
  const spreads = page.getByRole('region', { name: 'How far the runs lie apart' }).first();
  assert.match(await spreads.innerText(), /TTFT p50, ms\s+4 of 5, others INVALID\s+51\.3\s+50\.9 – 51\.6\s+0\.226\s+51\.0\s+51\.5/);
  assert.match(await spreads.innerText(), /requests\/s\s+5\s+1,235\s+1,200 – 1,269/);
  assert.equal(await page.getByText('began at once, in another they did not').count(), 0);
  await shot('perf');
  await page.getByText('How TTFT is distributed').first().scrollIntoViewIfNeeded();
  await shot('perf-times');
  await accessible('perf');
});

test('an arena shows ratings, who beats whom, and its battles', async () => {
  await open('#/arena');
  await page.getByRole('main').getByRole('link', { name: 'arena' }).click();
  await page.getByText('12 battles, 23 verdicts, 1 unread').waitFor();
  await page.getByRole('cell', { name: '75 %' }).waitFor();
  await page.getByRole('button', { name: 'Predicted' }).click();
  await page.getByRole('cell', { name: '73 %' }).waitFor();
  await page.getByRole('button', { name: 'Observed' }).click();
  const best = () => page.getByRole('region', { name: 'Ratings' }).locator('tbody tr').first().textContent();
  assert.match(await best(), /large/);
  await page.getByLabel('Ratings of').selectOption('maths');
  await page.getByText('6 battles, 12 verdicts, 0 unread').waitFor();
  assert.match(await best(), /small/);
  await page.getByRole('cell', { name: '66 %' }).first().waitFor();
  await page.getByLabel('Ratings of').selectOption('writing');
  await page.getByRole('cell', { name: '85 %' }).first().waitFor();
  assert.match(await best(), /large/);
  await page.getByLabel('Ratings of').selectOption('');
  await page.getByText('12 battles, 23 verdicts, 1 unread').waitFor();
  await page.getByRole('region', { name: 'Against the baseline' }).getByText('36 %').waitFor();
  await page.getByRole('region', { name: 'Win rate at equal length' }).getByText('0.370').waitFor();
  await page.getByLabel('All categories').selectOption('maths');
  await page.getByText('4 of 12 battles').waitFor();
  await page.getByLabel('All outcomes').selectOption('tie');
  await page.getByText('1 of 12 battles').waitFor();
  await page.getByLabel('All outcomes').selectOption('');
  await page.getByText('4 of 12 battles').waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.getByText('Second answer 3').waitFor();
  await shot('arena');
  await accessible('arena');
});

test('a live run moves without reloading', async () => {
  const live = join(home.path, '20260203_100000');
  await run(live, { models: ['live-model'], subsets: { main: sums(10) }, status: 'running', started: '2026-02-03T10:00:00Z' });
  const progress = (done) => writeFile(join(live, 'progress.json'), JSON.stringify({ version: 1, status: 'running', pipeline: 'eval', total_count: 100, processed_count: done, failed_count: 0, percent: done, samples_per_s: 2.5, elapsed_s: 4, time_left_s: 36, benchmarks: [] }));
  await progress(10);
  // What makes a run live is that a process holds its lock.
  const holder = spawn('flock', [join(live, '.lock'), 'sh', '-c', 'echo held; cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
  try {
    await once(holder.stdout, 'data');
    await open('#/runs');
    await page.getByText('7 of 7 runs').waitFor();
    await page.getByText('10 of 100 samples').waitFor();
    await page.getByText('36 s left').waitFor();
    await progress(20);
    await page.getByText('20 of 100 samples').waitFor();
  } finally {
    holder.stdin.end();
    await once(holder, 'exit');
  }
  await open('#/run/20260203_100000/samples');
  await page.getByText('10 of 10 samples').waitFor();
});

test('Chinese, dark, and on a phone', async () => {
  await page.setViewportSize({ width: 390, height: 800 });
  await open('#/runs');
  await page.getByRole('button', { name: '中文' }).click();
  await page.getByRole('button', { name: '浅色或深色' }).click();
  assert.equal(await page.locator('h1').textContent(), '运行');
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  for (const [name, hash] of [['runs', '#/runs'], ['run', '#/run/20260131_120000'], ['samples', '#/run/20260131_120000/samples'], ['sample', '#/run/20260131_120000/samples?sample=5'], ['perf', '#/perf/load%2Fa'], ['arena', '#/arena/arena']]) {
    await open(hash);
    await page.locator('main :is(h1, article)').first().waitFor();
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)) <= 0, `${name} is too wide`);
    await shot(`phone-${name}`);
    await accessible(`phone ${name}`);
  }
});
