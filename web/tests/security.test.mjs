// Hostile text in every field: nothing runs, nothing is fetched from elsewhere, the layout holds.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { HOSTILE, SIGN } from './hostile.mjs';
import { arena, perf, run } from './outputs.mjs';
import { app, browser, folder, PATIENCE, pagesFrom } from './server.mjs';

let home, server, chromium, page;
const outside = [];
const errors = [];

before(async () => {
  home = await folder();
  const samples = HOSTILE.map((text) => ({ id: text, question: text, reply: text, reasoning: text, answer: text, target: text, system: text, explanation: text, span: [0, Math.min(3, text.length)], right: false }));
  const failed = HOSTILE.map((text) => ({ id: text, question: text, error: text || 'x', target: text }));
  for (const name of ['first', 'second']) await run(join(home.path, name), { subsets: { main: samples, failed }, models: ['m-img'], status: 'partial', hostile: HOSTILE[3] });
  await perf(join(home.path, 'load'), { hostile: HOSTILE[5] + HOSTILE[43] + HOSTILE[58] });
  await arena(join(home.path, 'arena'), { hostile: HOSTILE.slice(0, 10).join(' ') + HOSTILE[43] + HOSTILE[58] });
  server = await app(home.path);
  chromium = await browser();
  page = await chromium.newPage({ viewport: { width: 1280, height: 800 }, locale: 'en-US' });
  page.setDefaultTimeout(PATIENCE);
  await pagesFrom(page);
  page.on('request', (request) => {
    if (!request.url().startsWith(server.url) && !request.url().startsWith('data:')) outside.push(request.url());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('dialog', (dialog) => errors.push(`dialog: ${dialog.message()}`));
});
after(async () => {
  await chromium?.close();
  await server?.stop();
  await home?.remove();
});

/** What must hold on every page. */
async function sound(where) {
  const state = await page.evaluate((sign) => ({ ran: window[sign], wide: document.documentElement.scrollWidth - window.innerWidth, odd: document.querySelectorAll('main script, main iframe, main object, main embed, main style, main link, main form[action], main a[href^="javascript"], main a[href^="data"]').length, background: getComputedStyle(document.body).display }), SIGN);
  assert.equal(state.ran, undefined, `${where}: something ran`);
  assert.ok(state.wide <= 0, `${where}: the page is ${state.wide} px too wide`);
  assert.equal(state.odd, 0, `${where}: text became an element`);
  assert.deepEqual(outside, [], `${where}: something was fetched`);
  assert.deepEqual(errors, [], where);
}

test('there are at least sixty hostile texts', () => assert.ok(new Set(HOSTILE).size >= 60));

test('the pages of runs hold', async () => {
  for (const hash of ['#/runs', '#/run/first', '#/perf/load', '#/arena/arena', '#/compare?run=first&run=second', '#/run/%3Cimg%20src=x%20onerror=window.__ran=1%3E', '#/nothing/%E0%A4%A']) {
    await page.goto(server.url + hash);
    await page.waitForSelector('main :is(h1, h2, [role=alert], p)');
    await sound(hash);
  }
  await page.goto(`${server.url}#/run/first`);
  await page.waitForSelector('summary');
  for (const summary of await page.locator('summary').all()) await summary.click();
  await page.waitForSelector('details pre');
  await sound('details of a run');
});

test('every sample holds, opened one by one', async () => {
  await page.goto(`${server.url}#/run/first/samples`);
  await page.waitForSelector('[role=option]');
  await sound('samples');
  for (let seq = 0; seq < HOSTILE.length * 2; seq += 1) {
    await page.evaluate((hash) => (location.hash = hash), `#/run/first/samples?sample=${seq}`);
    // Not `waitForFunction`: it evaluates text, which the pages' policy forbids.
    await page.waitForSelector(`article a[href$="samples/${seq}?whole=true"]`, { state: 'attached' });
    if (seq % 8 === 0) await page.locator('article details').first().evaluate((details) => (details.open = true));
    await sound(`sample ${seq}`);
  }
});

test('every text can be searched for', async () => {
  for (const text of HOSTILE) {
    const reply = await page.request.get(`${server.url}api/runs/first/samples?${new URLSearchParams({ text: text.slice(0, 500), limit: '3' })}`);
    assert.equal(reply.status(), 200, `${text.slice(0, 40)}: ${await reply.text()}`);
  }
});

test('answers side by side hold, also on a phone', async () => {
  await page.goto(`${server.url}#/compare?run=first&run=second`);
  await page.getByRole('combobox', { name: 'Disagreements' }).selectOption('all');
  await page.waitForSelector('section table tbody button');
  for (let row = 0; row < 12; row += 1) await page.keyboard.press('j');
  await page.waitForSelector('article');
  await sound('side by side');
  await page.setViewportSize({ width: 390, height: 800 });
  for (const hash of ['#/runs', '#/run/first', '#/run/first/samples', '#/run/first/samples?sample=58', '#/perf/load', '#/arena/arena']) {
    await page.goto(server.url + hash);
    await page.waitForSelector('main :is(h1, article)');
    await sound(`phone ${hash}`);
  }
});
