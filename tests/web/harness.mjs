// The bench of the browser tests: one browser, stories one after another (or side by side where they only wait), and
// the words in which stories speak: open, sign in, expect within a time.

import { chromium } from 'playwright-core';
import { Fake } from './fake/server.mjs';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('playwright-core').BrowserContextOptions} ContextOptions */
/** @typedef {{ page: Page, fake: Fake, trouble: string[] }} Scene */
/** @typedef {{ name: string, tell: () => Promise<void>, aside: boolean }} Story */

/** @type {Story[]} */
export const stories = [];

/** Debian's Chromium; another one by CHROMIUM. */
export const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});

/** @param {string} name @param {() => Promise<void>} tell @param {{ aside?: boolean }} [how] */
export function story(name, tell, how = {}) {
  stories.push({ name, tell, aside: how.aside ?? false });
}

/**
 * Tells stories one after another, those that only watch the page for seconds side by side at the end; prints each and
 * the line `N passed, N failed`. Gives the number that failed; none told counts as a failure.
 * @param {Story[]} chosen
 */
export async function tell(chosen) {
  let [passed, failed] = [0, 0];
  /** @param {unknown} error */
  const report = (error) => {
    const text = error instanceof Failed ? error.message : error instanceof Error ? error.stack : String(error);
    return String(text).split('\n').slice(0, 12).join('\n     ');
  };
  // A browser on a busy machine may lose a race that no person could: a story is told a second time before it counts
  // as failed, and the first failure stays on the record.
  /** @param {Story} story */
  async function one({ name, tell }) {
    try {
      await tell();
      console.log(`ok   ${name}`);
    } catch (first) {
      console.log(`once ${name}\n     ${report(first)}`);
      try {
        await tell();
        console.log(`ok   ${name} (the second time)`);
      } catch (error) {
        failed += 1;
        console.log(`FAIL ${name}\n     ${report(error)}`);
        return;
      }
    }
    passed += 1;
  }
  for (const story of chosen.filter(({ aside }) => !aside)) await one(story);
  await Promise.all(chosen.filter(({ aside }) => aside).map(one));
  console.log(`${passed} passed, ${failed} failed`);
  return passed === 0 ? Math.max(1, failed) : failed;
}

/** Thrown by `check`; its message is the whole report. */
export class Failed extends Error {}

/** @param {unknown} truth @param {string} message */
export function check(truth, message) {
  if (!truth) throw new Failed(message);
}

/** @param {unknown} actual @param {unknown} wanted @param {string} what */
export function same(actual, wanted, what) {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(wanted)];
  check(a === b, `${what}: ${a} instead of ${b}`);
}

/**
 * Waits until something holds; says what did not when the time is over.
 * @param {string} what @param {() => unknown} holds @param {number} ms
 */
export async function soon(what, holds, ms = 3000) {
  const end = Date.now() + ms;
  for (;;) {
    if (await holds()) return;
    if (Date.now() > end) throw new Failed(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/**
 * A fresh page on a fresh fake server, closed again whatever happens.
 * @param {string} language @param {(scene: Scene) => Promise<void>} act
 * @param {ContextOptions & { script?: () => void, path?: string }} options
 */
export async function scene(language, act, { script, path = '/ccp', ...options } = {}) {
  const fake = await new Fake(language).start();
  const locale = language === 'ko' ? 'ko-KR' : 'en-US';
  const context = await browser.newContext({ locale, viewport: { width: 320, height: 460 }, ...options });
  context.setDefaultTimeout(5000);
  if (script) await context.addInitScript(script);
  const page = await context.newPage();
  /** @type {string[]} */
  const trouble = [];
  page.on('pageerror', (error) => trouble.push(error.message));
  page.on('console', (message) => {
    const expected = /WebSocket connection|ERR_CONNECTION_REFUSED|status of (4\d\d|503)/.test(message.text());
    if (message.type() === 'error' && !expected) trouble.push(message.text());
  });
  try {
    await page.goto(fake.base + path);
    await act({ page, fake, trouble });
    same(trouble, [], 'errors on the page');
  } finally {
    await context.close();
    await fake.stop();
  }
}

/** @param {Page} page */
export async function signIn(page) {
  await page.locator('[name=username]').fill('kim');
  await page.locator('[name=password]').fill('secret-kim-1');
  await page.locator('form button[data-kind=primary]').click();
}

/** Signs in and waits for the desk. @param {Page} page */
export async function openDesk(page) {
  await signIn(page);
  await page.locator('#status').waitFor();
}

/** @param {Page} page @param {string} name */
export function button(page, name) {
  return page.getByRole('button', { name, exact: false });
}
