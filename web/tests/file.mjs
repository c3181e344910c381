// A page that is one file, opened from the disk: its own policy holds, and nothing else may be asked for.

import { PATIENCE } from './server.mjs';

export async function openedFile(chromium, path, size = { width: 1280, height: 800 }) {
  const page = await chromium.newPage({ viewport: size, locale: 'en-US' });
  page.setDefaultTimeout(PATIENCE);
  const wrong = [];
  page.on('request', (request) => request.url().split('#')[0] === `file://${path}` || wrong.push(request.url()));
  page.on('pageerror', (error) => wrong.push(String(error)));
  page.on('dialog', (dialog) => wrong.push(dialog.message()));
  page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
  await page.goto(`file://${path}`);
  return { page, wrong };
}
