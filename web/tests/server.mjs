// Starts `evalscope app` on a folder, and a browser. The program is the one that EVALSCOPE names, or that the tests built.

import { spawn } from 'node:child_process';
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('../../', import.meta.url));
const program = process.env.EVALSCOPE ?? join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'release/evalscope');

/** What commands remember of a user is not this user's. */
const env = { ...process.env, XDG_STATE_HOME: join(tmpdir(), 'evalscope-web-state') };

/** Milliseconds that a state is waited for: a machine with other work may take so long. */
export const PATIENCE = 120_000;

export const app = (outputs, ...options) => start('app', '--outputs', outputs, '--port', '0', ...options);

/** Starts a command that serves pages and prints its address first. */
export async function start(...words) {
  const child = spawn(program, words, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await within(`evalscope ${words[0]}`, new Promise((done, failed) => {
    let text = '';
    child.stdout.on('data', (data) => {
      text += data;
      if (text.includes('\n')) done(text.trim());
    });
    child.on('error', failed);
    child.on('exit', (code) => failed(new Error(`evalscope ${words[0]} ended with ${code}`)));
  })).catch((error) => {
    child.kill('SIGKILL');
    throw error;
  });
  return {
    url,
    pid: child.pid,
    stop: () => new Promise((done) => {
      child.removeAllListeners('exit');
      child.on('exit', done);
      child.kill('SIGINT');
    }),
  };
}

/** A folder of results that `fill` writes, a server for it and a browser, for all tests of a file. */
export function scene(fill, { options = [], also = () => {} } = {}) {
  const of = {};
  before(async () => {
    of.home = await folder();
    await fill(of.home.path);
    of.server = await app(of.home.path, ...options);
    of.chromium = await browser();
    await also(of);
  });
  after(async () => {
    await of.chromium?.close();
    await of.server?.stop();
    await of.home?.remove();
  });
  return of;
}

/** What is waited for, or an error that says what did not come in time. */
export function within(what, promise) {
  let timer;
  const late = new Promise((_, failed) => (timer = setTimeout(() => failed(new Error(`${what} took longer than ${PATIENCE} ms`)), PATIENCE)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Runs a command in a folder to its end, which must have one of these codes. */
export async function command(cwd, codes, ...words) {
  const child = spawn(program, words, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (data) => (said += data));
  const code = await within(`evalscope ${words[0]}`, new Promise((done, failed) => {
    child.on('error', failed);
    child.on('close', done);
  })).finally(() => child.kill('SIGKILL'));
  assert.ok(codes.includes(code), `evalscope ${words[0]} ended with ${code}: ${said}`);
}

export function browser() {
  const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
}

export async function folder() {
  const path = await mkdtemp(join(tmpdir(), 'evalscope-web-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** With ASSETS=folder the pages come from there, so that they can be tried without building the program anew. */
export async function pagesFrom(context) {
  const from = process.env.ASSETS;
  if (!from) return;
  for (const name of ['app.js', 'app.css', 'icon.svg']) await context.route(`**/${name}`, async (route) => route.fulfill({ response: await route.fetch(), path: join(from, name) }));
}
