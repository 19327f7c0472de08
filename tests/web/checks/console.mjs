// The console by role and label, against the fake centre.

import { button, check, same, scene, soon, story } from '../harness.mjs';
import { violations } from './access.mjs';

const desk = { viewport: { width: 1280, height: 800 } };
const phone = { viewport: { width: 390, height: 780 } };
const CONTACT = '/contacts/00000008-0000-4000-8000-000000000000';
const FLOW = '/flows/00000003-0000-4000-8000-000000000001';

story('console: sign-in tells a wrong password, then shows the live room', () =>
  scene(
    'en',
    async ({ page, fake }) => {
      fake.centre.signedIn = false;
      await page.reload();
      await page.getByLabel('Username').fill('kim');
      await page.getByLabel('Password').fill('wrong-password');
      await button(page, 'Sign in').click();
      await page.getByText('Username or password is not right.').waitFor();
      await page.getByLabel('Password').fill('secret-kim-1');
      await button(page, 'Sign in').click();
      await page.getByRole('heading', { name: 'Live', exact: true }).waitFor();
      await button(page, 'Sign out').click();
      await page.getByLabel('Username').waitFor();
    },
    { ...desk, path: '/' },
  ),
);

story('console: live is fresh, tells thresholds in words, and says when it is stale', () =>
  scene(
    'en',
    async ({ page, fake }) => {
      const row = page.getByRole('region', { name: /^Queues/ }).getByRole('row', { name: /Billing/ });
      await row.getByText('alert').waitFor();
      await row.getByText('watch').waitFor();
      await page.getByText('fresh').waitFor();
      const stamp = page.getByText(/as of \d\d:\d\d:\d\d/);
      const first = await stamp.innerText();
      await soon('a newer stamp', async () => (await stamp.innerText()) !== first, 2500);
      fake.centre.answering = false;
      await page.getByText(/Nothing new since/).waitFor({ timeout: 8000 });
      await row.waitFor();
      fake.centre.answering = true;
      await page.getByText('fresh').waitFor();
    },
    { ...desk, path: '/live' },
  ),
);

story('console: contacts are searched, the address holds the filter, more are shown on request', () =>
  scene(
    'en',
    async ({ page, fake }) => {
      const rows = page.getByRole('region', { name: 'Contacts' }).getByRole('row');
      await soon('50 contacts', async () => (await rows.count()) === 51);
      await button(page, 'Show more').click();
      await soon('all contacts', async () => (await rows.count()) === 65);
      await page.getByLabel('Customer number').fill('1234');
      await page.keyboard.press('Enter');
      await soon('one contact', async () => (await rows.count()) === 2);
      same(page.url(), `${fake.base}/contacts?customer=1234`, 'address');
      await page.goBack();
      await soon('50 contacts again', async () => (await rows.count()) === 51);
      await page.getByLabel('Customer number').fill('99999999');
      await page.keyboard.press('Enter');
      await page.getByText('No contact matches. Clear the filters or widen the dates.').waitFor();
      await page.getByRole('link', { name: 'Clear filters' }).click();
      await page.getByLabel('Only abandoned').check();
      await button(page, 'Search').click();
      await soon('abandoned ones', async () => (await rows.count()) === 10);
    },
    { ...desk, path: '/contacts' },
  ),
);

story('console: a recording is drawn in two lanes, plays, and can be moved by keys', () =>
  scene(
    'en',
    async ({ page }) => {
      await page.getByRole('link', { name: /\d\d-\d\d \d\d:\d\d/ }).first().click();
      await page.getByText('Customer and Seoyeon Kim hear each other').waitFor();
      const lanes = page.locator('svg[data-lane] path');
      await soon('two lanes', async () => (await lanes.count()) === 2);
      check(((await lanes.first().getAttribute('d')) ?? '').length > 1000, 'the lane is drawn');
      const slider = page.getByRole('slider', { name: 'Position' });
      await soon('the sound is there', () => page.locator('audio').evaluate((/** @type {HTMLAudioElement} */ a) => a.readyState > 0));
      await slider.fill('3');
      same(await page.locator('audio').evaluate((/** @type {HTMLAudioElement} */ a) => Math.round(a.currentTime)), 3, 'position');
      await slider.focus();
      await page.keyboard.press('ArrowRight');
      check(Number(await slider.inputValue()) > 3, 'moved by key');
      await button(page, 'Play').click();
      await soon('it plays', () => page.locator('audio').evaluate((/** @type {HTMLAudioElement} */ a) => a.currentTime > 3.3));
      await button(page, 'Pause').click();
      await button(page, 'Play').waitFor();
      check((await page.getByText('GetParticipantInput menu: 1').count()) === 0, 'fine detail is not shown');
      await page.getByLabel('Show fine detail').check();
      await page.getByText('GetParticipantInput menu: 1').waitFor();
    },
    { ...desk, path: '/contacts' },
  ),
);

story('console: a flow is a graph, and an outline that says the same', () =>
  scene(
    'en',
    async ({ page }) => {
      await soon('eight blocks in the graph', async () => (await page.locator('.svelte-flow__node').count()) === 8);
      const outline = page.getByRole('region', { name: 'Outline', exact: true });
      const cards = outline.locator('ol > li.card');
      same(await cards.count(), 8, 'blocks in the outline');
      await outline.getByText('Blocks that nothing leads to').waitFor();
      await outline.getByRole('link', { name: 'Transfer contact to queue' }).first().click();
      await soon('the block is marked in both', async () => {
        const inOutline = await outline.locator('[data-chosen=true] h3').innerText();
        const inGraph = await page.locator('.svelte-flow__node [data-chosen=true] b').innerText();
        return inOutline.startsWith('Transfer contact to queue') && inGraph === 'Transfer contact to queue';
      });
      await page.locator('.svelte-flow__node').first().click();
      await soon('chosen from the graph', async () => (await outline.locator('[data-chosen=true]').innerText()).includes('greet'));
    },
    { ...desk, path: FLOW },
  ),
);

story('console: an administrator edits a number and a queue; a stale edit is told', () =>
  scene(
    'en',
    async ({ page, fake }) => {
      await button(page, 'Edit: 02-6000-0002').click();
      await page.getByRole('dialog').getByLabel('Flow').selectOption({ label: 'Main line' });
      await button(page, 'Save').click();
      await soon('saved', async () => (await page.getByRole('link', { name: 'Main line' }).count()) === 2);
      same(fake.centre.edits[0]?.body.flow, '00000003-0000-4000-8000-000000000001', 'flow');
      await button(page, 'Add number').click();
      await page.getByRole('dialog').getByLabel('Number').fill('02-6000-0001');
      await button(page, 'Save').click();
      await page.getByText('Not done. This number is taken.').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('link', { name: 'Queues' }).click();
      await button(page, 'Edit: Billing').click();
      const queue = fake.centre.queues[0];
      if (queue) queue.version = 5;
      await page.getByLabel(/Ring time/).fill('30');
      await button(page, 'Save').click();
      await page.getByText('Somebody else changed it meanwhile.', { exact: false }).waitFor();
    },
    { ...desk, path: '/numbers' },
  ),
);

story('console: supervisors look and do not edit, agents see their contacts only', () =>
  scene(
    'en',
    async ({ page, fake }) => {
      fake.centre.roles = ['supervisor'];
      await page.reload();
      await page.getByText('Only administrators can edit.').waitFor();
      same(await button(page, 'Edit').count(), 0, 'edit buttons');
      fake.centre.roles = ['agent'];
      await page.reload();
      await page.getByText('The roles of this account may not see this.').waitFor();
      same(await page.getByRole('navigation').getByRole('link').allInnerTexts(), ['Contacts'], 'menu');
    },
    { ...desk, path: '/users' },
  ),
);

story('console: a sign-in that ends while a room is open leads to the sign-in page', () =>
  scene(
    'en',
    async ({ page, fake }) => {
      await page.getByText('fresh').waitFor();
      fake.centre.signedIn = false;
      await page.getByText('Your sign-in has expired. Sign in again.').waitFor();
    },
    { ...desk, path: '/live' },
  ),
);

const rooms = ['/live', '/contacts', CONTACT, '/numbers', '/flows', FLOW, '/queues', '/users'];

for (const [language, colorScheme, size] of /** @type {const} */ ([
  ['ko', 'light', desk],
  ['en', 'dark', desk],
  ['ko', 'light', phone],
])) {
  const { width } = size.viewport;
  story(`console: every room passes axe and fits (${language}, ${colorScheme}, ${width} px)`, () =>
    scene(
      language,
      async ({ page, fake }) => {
        /** @type {Record<string, unknown>} */
        const found = {};
        for (const room of rooms) {
          await page.goto(fake.base + room);
          await page.getByRole('heading', { level: 1 }).waitFor();
          await page.waitForTimeout(room === FLOW ? 700 : 250);
          const faults = await violations(page);
          const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          if (faults.length > 0 || over > 0) found[room] = [...faults, ...(over > 0 ? [`${over} px too wide`] : [])];
        }
        await button(page, language === 'ko' ? '사용자 추가' : 'Add user').click();
        const faults = await violations(page);
        if (faults.length > 0) found['edit'] = faults;
        same(found, {}, 'violations');
      },
      { ...size, colorScheme, path: '/live' },
    ),
  );
}

story('console: the menu and a table are reached by keyboard, and the skip link leads past the menu', () =>
  scene(
    'en',
    async ({ page }) => {
      await button(page, 'Add queue').waitFor();
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Tab');
      const reached = () => page.evaluate(() => document.activeElement?.textContent?.trim());
      same(await reached(), 'Add queue', 'after the skip link');
    },
    { ...desk, path: '/queues' },
  ),
);
