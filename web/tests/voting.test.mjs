// People vote on an arena: from its page, and where nothing but voting is served.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { HOSTILE, SIGN } from './hostile.mjs';
import { arena } from './outputs.mjs';
import { person } from './person.mjs';
import { app, browser, folder, start } from './server.mjs';

let home, chromium;

before(async () => {
  home = await folder();
  await arena(join(home.path, 'arena'));
  await arena(join(home.path, 'hostile'), { hostile: HOSTILE.slice(0, 10).join(' ') + HOSTILE[43] + HOSTILE[58] });
  chromium = await browser();
});
after(async () => {
  await chromium?.close();
  await home?.remove();
});

const votes = async () => (await readFile(join(home.path, 'arena/votes.jsonl'), 'utf8')).trim().split('\n').map(JSON.parse);

test('votes are given by keys and buttons, thought over, kept, and gone on with', async () => {
  const server = await app(home.path);
  const { page, open, looked, close } = await person(chromium, server.url);
  try {
    await open('#/arena/arena');
    await page.getByRole('link', { name: 'Vote' }).click();
    await page.getByLabel('Your name').fill('ann');
    await page.keyboard.press('Enter');
    await page.getByText('0 of 12 pairs').waitFor();
    const main = page.getByRole('main');
    for (const name of ['large', 'middle', 'small', '[[A]]']) assert.ok(!(await main.innerText()).includes(name), `${name} is told`);
    // Letters in a field are no votes, and on the page they are.
    await page.keyboard.press('a');
    await page.getByText('1 of 12 pairs').waitFor();
    await page.keyboard.press('b');
    await page.getByText('2 of 12 pairs').waitFor();
    await page.getByRole('button', { name: 'Tie' }).click();
    await page.getByText('3 of 12 pairs').waitFor();
    await page.keyboard.press('u');
    await page.getByText('takes the place of that vote').waitFor();
    await page.keyboard.press('x');
    await page.getByText('takes the place of that vote').waitFor({ state: 'detached' });
    await page.getByText('3 of 12 pairs').waitFor();
    await page.getByText(/the same as the judge on \d+ % of 3 pairs/).waitFor();
    await looked('vote');
    assert.deepEqual((await votes()).map((vote) => [vote.voter, vote.choice]), [['ann', 'model_a'], ['ann', 'model_b'], ['ann', 'tie'], ['ann', 'tie (bothbad)']]);
    // Who comes back goes on.
    await open('#/arena/arena/vote');
    await page.getByText('3 of 12 pairs').waitFor();
    await page.getByRole('button', { name: 'Another voter' }).click();
    await page.getByLabel('Your name').fill('bob');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByText('0 of 12 pairs').waitFor();
    for (let done = 1; done <= 12; done += 1) {
      await page.keyboard.press('t');
      if (done < 12) await page.getByText(`${done} of 12 pairs`).waitFor();
    }
    await page.getByText('You have voted on all pairs').waitFor();
    await page.getByText('All 2 voters, 15 votes:').waitFor();
    await open('#/arena/hostile/vote');
    await page.getByText('0 of 12 pairs').waitFor();
    assert.equal(await page.evaluate((sign) => window[sign], SIGN), undefined);
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)) <= 0);
  } finally {
    await close();
    await server.stop();
  }
});

test('`arena vote` serves voting and nothing that tells the models', async () => {
  const server = await start('arena', 'vote', join(home.path, 'arena'), '--port', '0', '--token', 's3cret');
  const { page, close } = await person(chromium, '');
  try {
    assert.equal((await fetch(server.url.split('?')[0])).status, 401);
    const seen = [];
    page.on('response', (response) => seen.push([new URL(response.url()).pathname, response.status()]));
    await page.goto(server.url);
    await page.getByLabel('Your name').fill('cid');
    await page.keyboard.press('Enter');
    await page.getByText('0 of 12 pairs').waitFor();
    await page.keyboard.press('b');
    await page.getByText('1 of 12 pairs').waitFor();
    assert.equal(await page.getByRole('navigation').count(), 0);
    assert.deepEqual(seen.filter(([, status]) => status >= 400), []);
    assert.equal((await page.request.get(new URL('/api/runs/arena/battles', server.url).href)).status(), 404);
    assert.equal((await page.request.get(new URL('/api/runs', server.url).href)).status(), 404);
  } finally {
    await close();
    await server.stop();
  }
});
