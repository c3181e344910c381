// Images in samples: those in a message and those in the run's folder are shown; nothing else is read, fetched or run.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { HOSTILE, SIGN } from './hostile.mjs';
import { run } from './outputs.mjs';
import { person } from './person.mjs';
import { scene } from './server.mjs';

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64');
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" onload="parent.${SIGN}=1"><script>parent.${SIGN}=2</script></svg>`;
const data = (type, bytes) => `data:${type};base64,${Buffer.from(bytes).toString('base64')}`;
const url = (of) => ({ type: 'image', image: { url: of } });
const file = (path, bytes) => ({ type: 'image', image: { file: { path, sha256: createHash('sha256').update(bytes ?? PNG).digest('hex') } } });
let samples;

const of = scene(async (home) => {
  const path = join(home, 'run');
  await mkdir(join(path, 'images'), { recursive: true });
  await writeFile(join(path, 'images/a.png'), PNG);
  await writeFile(join(path, 'images/script.png'), SVG);
  await writeFile(join(home, 'outside.png'), PNG);
  await symlink(join(home, 'outside.png'), join(path, 'images/link.png'));
  const large = Buffer.concat([PNG, Buffer.alloc(200_000)]);
  samples = [
    // What is asked, and how many of its images are shown.
    [[{ type: 'text', text: 'Which is longer?' }, url(data('image/png', PNG)), file('images/a.png'), file(join(path, 'images/a.png'))], 3],
    [[url(data('image/png', large)), { type: 'text', text: 'A large one.' }], 1],
    [[url(data('image/svg+xml', SVG)), url(`data:image/svg+xml,${encodeURIComponent(SVG)}`), file('images/script.png', SVG), url(data('text/html', SVG)), url('https://evil.example/p.png'), url('//evil.example/p.png')], 0],
    [[file('../outside.png'), file(join(home, 'outside.png')), file('images/link.png'), file('/etc/passwd'), file('images/a.png', 'other'), file('images'), file('')], 0],
    ...HOSTILE.map((text) => [[{ type: 'text', text }, url(text), file(text), url(`data:image/png;base64,${text}`)], 0]),
  ];
  await run(path, { subsets: { main: samples.map(([question]) => ({ question, reply: 'B', answer: 'B', target: 'B', right: true })) } });
});

test('images are shown from messages and the folder of the run, and from nowhere else', async () => {
  const { page, open, looked } = await person(of.chromium, of.server.url);
  const outside = [];
  page.on('request', (request) => !request.url().startsWith(of.server.url) && outside.push(request.url()));
  await open('#/run/run/samples');
  await page.locator('[role=option]').first().waitFor();
  for (const [seq, [question, shown]] of samples.entries()) {
    await page.evaluate((hash) => (location.hash = hash), `#/run/run/samples?sample=${seq}`);
    await page.waitForSelector(`article a[href$="samples/${seq}?whole=true"]`, { state: 'attached' });
    const named = question.filter((part) => part.type === 'image').length - shown;
    await page.waitForFunction(([shown, named]) => {
      const images = [...document.querySelectorAll('article img')];
      for (const image of images) image.loading = 'eager';
      return images.filter((image) => image.complete && image.naturalWidth > 0).length === shown && document.querySelectorAll('article .body p.muted').length === named;
    }, [shown, named]);
    assert.equal(await page.evaluate((sign) => window[sign], SIGN), undefined, `sample ${seq}`);
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)) <= 0, `sample ${seq} is too wide`);
    if (seq === 0) await looked('images');
  }
  assert.deepEqual(outside, []);
});

test('an image is served as what it is, and one elsewhere not at all', async () => {
  const image = (seq, number) => fetch(`${of.server.url}api/runs/run/samples/${seq}/images/0/${number}`);
  const inline = await image(0, 0);
  assert.deepEqual([inline.status, inline.headers.get('content-type'), inline.headers.get('x-content-type-options')], [200, 'image/png', 'nosniff']);
  assert.equal((await (await image(1, 0)).arrayBuffer()).byteLength, PNG.length + 200_000);
  for (const number of [0, 1, 2, 3, 4, 5]) assert.equal((await image(2, number)).status, 422, `image ${number} of sample 2`);
  for (const number of [0, 1, 2, 3, 5, 6]) assert.equal((await image(3, number)).status, 404, `image ${number} of sample 3`);
  assert.equal((await image(3, 4)).status, 422);
  assert.equal((await image(0, 9)).status, 404);
});
