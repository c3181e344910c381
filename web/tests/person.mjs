// A person before a page: opens it, takes pictures (SHOTS=folder), and looks whether others could use it too.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PATIENCE, pagesFrom } from './server.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export async function person(chromium, url, { width = 1280, height = 800 } = {}) {
  // Axe is put into the page from outside, which the policy of the page forbids; the policy itself is tested elsewhere.
  const context = await chromium.newContext({ viewport: { width, height }, bypassCSP: true, locale: 'en-US', colorScheme: 'light' });
  await pagesFrom(context);
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const shot = async (name) => {
    if (process.env.SHOTS) await page.screenshot({ path: join(process.env.SHOTS, `${name}.png`) });
  };
  const accessible = async (where) => {
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
    const serious = violations.filter((one) => ['serious', 'critical'].includes(one.impact)).map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);
    assert.deepEqual(serious, [], where);
  };
  const open = async (hash) => {
    await page.goto('about:blank');
    await page.goto(url + hash);
  };
  /** The theme by its button, as people change it: charts are drawn anew. */
  const themed = async (theme) => {
    if ((await page.locator('html').getAttribute('data-theme')) !== theme) await page.locator('header button').last().click();
  };
  /** Light and dark, wide and on a phone: readable, usable, not wider than the screen. */
  const looked = async (name) => {
    for (const [how, size] of [['', { width, height }], ['phone-', { width: 390, height: 800 }]]) {
      await page.setViewportSize(size);
      for (const theme of ['light', 'dark']) {
        await themed(theme);
        assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)) <= 0, `${how}${name} is too wide`);
        await shot(`${how}${name}-${theme}`);
        await accessible(`${how}${name}, ${theme}`);
      }
    }
    await page.setViewportSize({ width, height });
    await themed('light');
  };
  return { page, open, shot, accessible, looked, close: () => context.close() };
}
