// Many models against each other: radar, bars of each part, questions.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { HOSTILE, SIGN } from './hostile.mjs';
import { run, sums } from './outputs.mjs';
import { person } from './person.mjs';
import { scene } from './server.mjs';

const RUNS = Array.from({ length: 7 }, (_, at) => `r${at}`);
const of = scene(async (home) => {
  for (const [at, name] of RUNS.entries()) await run(join(home, name), { models: [`one-${at}`, `two-${at}`], subsets: { easy: sums(40), hard: sums(36), odd: sums(32), long: sums(28) } });
  const hostile = HOSTILE.slice(0, 30).map((text) => ({ question: text, reply: text, target: 'x', right: false }));
  for (const name of ['h1', 'h2']) await run(join(home, name), { models: [name], benchmark: 'sums@own-1', subsets: { a: hostile, b: hostile, c: hostile, 'img src=x onerror=alert(1)': hostile }, hostile: HOSTILE[3] });
});

test('fourteen models are drawn part by part, and shown or left out', async () => {
  const { page, open, looked } = await person(of.chromium, of.server.url);
  await open(`#/compare?${RUNS.map((id) => `run=${id}`).join('&')}`);
  const parts = page.getByRole('region', { name: 'Part by part' });
  await parts.locator('polygon.model').first().waitFor();
  assert.equal(await parts.locator('polygon.model').count(), 8);
  await parts.getByRole('button', { name: 'two-6' }).click();
  assert.equal(await parts.locator('polygon.model').count(), 9);
  await parts.getByRole('button', { name: 'one-0' }).click();
  assert.equal(await parts.locator('polygon.model').count(), 8);
  // `two` has every second one right, in each part.
  const bars = page.getByRole('region', { name: 'Scores as bars' });
  const row = bars.getByRole('row').filter({ hasText: 'two-0' }).first();
  assert.match(await row.innerText(), /0\.500/);
  assert.equal(await row.locator('.bar i').evaluate((bar) => Math.round((bar.offsetWidth / bar.parentElement.offsetWidth) * 100)), 50);
  assert.equal(await bars.locator('tbody tr').count(), 4 * 8);
  await parts.getByRole('combobox').selectOption('Benchmarks');
  await parts.locator('polygon.model').first().waitFor({ state: 'detached' });
  assert.equal(await bars.locator('tbody tr').count(), 8);
  await parts.getByRole('combobox').selectOption('sums@own-1: subsets');
  await page.getByText(/\d+ of 136 questions/).waitFor();
  await looked('compare-many');
});

test('names that mean harm are text in the charts', async () => {
  const { page, open } = await person(of.chromium, of.server.url);
  await open('#/compare?run=h1&run=h2');
  await page.locator('polygon.model').first().waitFor({ state: 'attached' });
  assert.equal(await page.evaluate((sign) => window[sign], SIGN), undefined);
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)) <= 0);
});
