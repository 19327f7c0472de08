// axe-core on every screen of the CCP, in both languages and both colour schemes.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { button, openDesk, same, scene, story } from '../harness.mjs';

const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Every violation of WCAG 2.2 AA and of good practice on the page as it is. @param {import('playwright-core').Page} page */
export async function violations(page) {
  await page.evaluate(source);
  return page.evaluate(async () => {
    const { violations } = await /** @type {any} */ (window).axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      rules: { region: { enabled: false } },
    });
    return violations.map((/** @type {any} */ v) => `${v.id}: ${v.nodes.map((/** @type {any} */ n) => n.target).join(' | ')}`);
  });
}

for (const [language, colorScheme] of /** @type {const} */ ([
  ['ko', 'light'],
  ['en', 'dark'],
])) {
  story(`every screen of the CCP passes axe (${language}, ${colorScheme})`, () =>
    scene(
      language,
      async ({ page, fake }) => {
        /** @type {Record<string, string[]>} */
        const found = {};
        /** @param {string} screen */
        const look = async (screen) => {
          await page.waitForTimeout(60);
          const faults = await violations(page);
          if (faults.length > 0) found[screen] = faults;
        };
        await look('sign-in');
        await openDesk(page);
        await look('idle');
        for (const state of /** @type {const} */ (['INCOMING', 'CONNECTED', 'CONNECTED_ONHOLD', 'ENDED', 'MISSED'])) {
          fake.to(state);
          await look(state);
        }
        fake.to('CONNECTED', { muted: true });
        await look('muted');
        for (const digit of [5, 6]) {
          await page.keyboard.press(`Control+Shift+Digit${digit}`);
          await look(`dialog ${digit}`);
          await page.keyboard.press('Escape');
        }
        await page.locator('footer button').click();
        await look('help');
        await page.keyboard.press('Escape');
        fake.setContact(null, { media: { ...fake.desk.media, state: 'unpaired', ready: false, device: null, path: 'none' } });
        await look('unpaired');
        await page.locator('section[data-tone=bad] button').click();
        await look('pairing');
        await page.keyboard.press('Escape');
        fake.reachable = false;
        fake.drop();
        await look('without the server');
        same(found, {}, 'violations');
      },
      { colorScheme },
    ),
  );
}

story('every control of a call is reached by Tab, in reading order', () =>
  scene('en', async ({ page, fake }) => {
    await openDesk(page);
    fake.to('CONNECTED');
    await button(page, 'Mute').waitFor();
    await page.evaluate(() => /** @type {HTMLElement | null} */ (document.activeElement)?.blur());
    const reached = [];
    for (let i = 0; i < 8; i += 1) {
      await page.keyboard.press('Tab');
      reached.push(
        await page.evaluate(() => {
          const it = document.activeElement;
          return it?.getAttribute('aria-label') ?? it?.id ?? '';
        }).then(async (label) => label || (await page.evaluate(() => document.activeElement?.textContent?.trim() ?? ''))),
      );
    }
    same(reached, ['Status', 'Mute', 'Hold', 'Transfer', 'Keypad', 'End call', 'note', 'Help'], 'tab order');
  }),
);
