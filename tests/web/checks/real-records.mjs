// The console on the records that the calls of this run left: the live room, the recording, its timeline, the flow.

import { browser, check, same, soon, story } from '../harness.mjs';
import { violations } from './access.mjs';
import { enter, open } from './real-call.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** @param {import('../real/stage.mjs').Stage} stage @param {(name: string, page: Page) => Promise<void>} look */
export function recordStories(stage, look) {
  /** @param {string} path @param {(page: Page) => Promise<void>} act @param {import('playwright-core').BrowserContextOptions} [options] */
  async function visit(path, act, options = {}) {
    const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1280, height: 900 }, ...options });
    context.setDefaultTimeout(8000);
    try {
      const { page, trouble } = await open(context, stage.base);
      await enter(page, 'admin');
      await page.locator('nav').first().waitFor();
      await page.goto(stage.base + path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await act(page);
      same(trouble, [], 'errors on the page');
    } finally {
      await context.close();
    }
  }

  /** The contact that was recorded with a note. */
  async function noted() {
    const { items } = await stage.get('contacts?limit=50');
    return items.find((/** @type {any} */ record) => record.Note === 'Refund arranged');
  }

  story('real: a recording shows two lanes, plays, and jumps by ranges', async () => {
    const record = await noted();
    await visit(`/contacts/${record.ContactId}`, async (page) => {
      const lanes = page.locator('svg[data-lane] path');
      await soon('two lanes', async () => (await lanes.count()) === 2);
      for (const lane of [0, 1]) {
        const d = (await lanes.nth(lane).getAttribute('d')) ?? '';
        const heights = [...d.matchAll(/M[\d.]+ ([\d.]+)V([\d.]+)/g)].map(([, top, foot]) => Number(foot) - Number(top));
        check(heights.filter((height) => height > 0.2).length > 5, `lane ${lane} is flat: ${heights.length} bars`);
      }
      const audio = page.locator('audio');
      await soon('its length', () => audio.evaluate((it) => /** @type {HTMLAudioElement} */ (it).duration > 1));
      await page.getByRole('button', { name: 'Play' }).click();
      await soon('it plays', () => audio.evaluate((it) => /** @type {HTMLAudioElement} */ (it).currentTime > 0.3));
      const part = await audio.evaluate(async (it) => {
        const reply = await fetch(/** @type {HTMLAudioElement} */ (it).src, { headers: { range: 'bytes=44-1043' } });
        return [reply.status, (await reply.arrayBuffer()).byteLength];
      });
      same(part, [206, 1000], 'a part of the recording');
      await page.getByRole('slider').fill('4');
      await soon('it jumps', () => audio.evaluate((it) => /** @type {HTMLAudioElement} */ (it).currentTime >= 4));
      await page.getByRole('button', { name: 'Pause' }).click();
      const told = await page.locator('ol.line').innerText();
      for (const wanted of ['mutes', 'On hold', 'Off hold', 'Recording closed']) check(told.includes(wanted), `the timeline lacks “${wanted}”:\n${told}`);
      same(await violations(page), [], 'violations');
      await look('contact', page);
    });
  });

  story('real: a waiting customer stands in the live room within 2 s, and is gone when they leave', async () => {
    await visit('/live', async (page) => {
      const { phone } = await stage.customer('+821055550000', 'LEE Sora');
      await page.getByText('+821055550000').waitFor({ timeout: 2500 });
      await look('live-waiting', page);
      phone.hangUp();
      await page.getByText('+821055550000').waitFor({ state: 'detached', timeout: 4000 });
    });
  });

  story('real: the welcome flow is drawn, and the API tells about itself without a script', async () => {
    const { items } = await stage.get('flows');
    const welcome = items.find((/** @type {any} */ flow) => flow.name === 'Welcome');
    await visit(`/flows/${welcome.id}`, async (page) => {
      await soon('the graph', async () => (await page.locator('.svelte-flow__node').count()) > 10);
      await page.waitForTimeout(300);
      await look('flow', page);
      await page.goto(`${stage.base}/api/docs`);
      check((await page.getByRole('heading').count()) > 5, 'headings of the API');
      await look('docs', page);
    });
  });

  for (const [language, width] of /** @type {const} */ ([['ko', 390], ['en', 390], ['ko', 1280], ['en', 1280]])) {
    story(`real: no room of the console is wider than ${width} pixels (${language})`, async () => {
      const record = await noted();
      const welcome = (await stage.get('flows')).items.find((/** @type {any} */ flow) => flow.name === 'Welcome');
      await visit('/live', async (page) => {
        await page.evaluate((chosen) => localStorage.setItem('twinline.language', chosen), language);
        const rooms = ['live', 'contacts', `contacts/${record.ContactId}`, 'numbers', 'flows', `flows/${welcome.id}`, 'queues', 'users'];
        for (const room of rooms) {
          await page.goto(`${stage.base}/${room}`);
          await page.getByRole('heading', { level: 1 }).waitFor();
          await page.waitForLoadState('networkidle');
          const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          check(over <= 0, `${room} is ${over} px too wide`);
          await look(`${room.split('/').length > 1 ? `${room.split('/')[0]}-one` : room}-${language}-${width}`, page);
        }
      }, { viewport: { width, height: 900 } });
    });
  }
}
