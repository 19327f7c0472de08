// The pages against a real server, when one is named:
// TWINLINE_BASE=http://127.0.0.1:8080 TWINLINE_AGENT=name:password TWINLINE_LEAD=name:password node tests/web/run.mjs real

import { browser, check, same, soon, story } from '../harness.mjs';
import { violations } from './access.mjs';

const base = process.env['TWINLINE_BASE'];

/** @param {string} variable */
function person(variable) {
  const [username, ...rest] = (process.env[variable] ?? '').split(':');
  return { username: username ?? '', password: rest.join(':') };
}

/** @param {string} path @param {{ username: string, password: string }} who @param {(page: import('playwright-core').Page) => Promise<void>} act */
async function visit(path, who, act) {
  const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1280, height: 800 } });
  context.setDefaultTimeout(5000);
  const page = await context.newPage();
  /** @type {string[]} */
  const trouble = [];
  page.on('pageerror', (error) => trouble.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('401')) trouble.push(message.text());
  });
  try {
    await page.goto(base + path);
    await page.locator('[name=username]').fill(who.username);
    await page.locator('[name=password]').fill(who.password);
    await page.locator('form button[data-kind=primary]').click();
    await act(page);
    same(trouble, [], 'errors on the page');
  } finally {
    await context.close();
  }
}

if (base !== undefined) {
  story('real: an agent signs in at the CCP, changes status, and finds it again after a reload', () =>
    visit('/ccp', person('TWINLINE_AGENT'), async (page) => {
      const status = page.locator('#status');
      await status.waitFor();
      const options = await status.locator('option').evaluateAll((all) => all.map((one) => /** @type {HTMLOptionElement} */ (one).value));
      check(options.length >= 2, `statuses: ${options.length}`);
      const other = options.find((value) => value !== '' && value !== options[0]) ?? '';
      await status.selectOption(other);
      await soon('the status', async () => (await status.inputValue()) === other && (await status.getAttribute('data-pending')) === 'false');
      await page.reload();
      await status.waitFor();
      same(await status.inputValue(), other, 'status after the reload');
      same(await violations(page), [], 'violations');
      await status.selectOption(options[0] ?? '');
    }),
  );

  story('real: every room of the console opens and passes axe', () =>
    visit('/', person('TWINLINE_LEAD'), async (page) => {
      await page.getByRole('heading', { level: 1 }).waitFor();
      for (const room of ['live', 'contacts', 'numbers', 'flows', 'queues', 'users']) {
        await page.locator(`nav a[href="/${room}"]`).click();
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.waitForTimeout(500);
        same(await page.getByRole('alert').count(), 0, `${room}: something was refused`);
        same(await violations(page), [], room);
      }
      await page.locator('nav a[href="/flows"]').click();
      await page.locator('tbody a').first().click();
      await soon('a graph', async () => (await page.locator('.svelte-flow__node').count()) > 0);
    }),
  );
}
