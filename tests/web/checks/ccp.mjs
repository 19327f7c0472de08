// The CCP by role and label: a day's work, told as stories against the fake server.

import { ids } from '../fake/desk.mjs';
import { button, check, openDesk, same, scene, signIn, soon, story } from '../harness.mjs';

/** @param {import('playwright-core').Page} page */
const header = (page) => page.locator('header').first().innerText();
/** @param {import('../fake/server.mjs').Fake} fake */
const pressed = (fake) => fake.pressed.map(({ command }) => command.do);
/** @param {import('playwright-core').Page} page @param {number} digit */
const chord = (page, digit) => page.keyboard.press(`Control+Shift+Digit${digit}`);

story('a wrong password is told, and the right one opens the desk', () =>
  scene('en', async ({ page, fake }) => {
    await page.getByLabel('Username').fill('kim');
    await page.getByLabel('Password').fill('no');
    await button(page, 'Sign in').click();
    await page.getByText('Username or password is not right.').waitFor();
    await page.getByLabel(/Name of this desktop/).fill('SEOUL-DT-114');
    await page.getByLabel('Password').fill('secret-kim-1');
    await button(page, 'Sign in').click();
    await page.getByLabel('Status').waitFor();
    same(/** @type {any} */ (fake.hellos[0]).desktop, 'SEOUL-DT-114', 'desktop in hello');
  }),
);

story('a whole call by keyboard: accept, mute, hold, resume, end, note, result, finish', () =>
  scene('en', async ({ page, fake }) => {
    await openDesk(page);
    fake.to('INCOMING');
    await button(page, 'Accept').waitFor();
    await chord(page, 1);
    await page.getByText('Mic on').waitFor();
    await chord(page, 3);
    await button(page, 'Unmute').waitFor();
    await page.getByText('Muted', { exact: true }).waitFor();
    await chord(page, 4);
    await button(page, 'Resume').waitFor();
    await chord(page, 4);
    await button(page, 'Hold').waitFor();
    await chord(page, 7);
    await button(page, 'Finish').waitFor();
    await page.getByLabel('Note').fill('Refund asked for');
    await page.getByLabel('Result').selectOption('Refund');
    await page.getByText('saved', { exact: true }).waitFor();
    await chord(page, 8);
    await page.getByRole('textbox', { name: 'Number' }).waitFor();
    const names = ['accept', 'mute', 'hold', 'resume', 'end', 'set_disposition', 'set_note', 'finish_acw'];
    same([...pressed(fake)].sort(), [...names].sort(), 'presses');
  }),
);

story('the same by mouse, in Korean', () =>
  scene('ko', async ({ page, fake }) => {
    await openDesk(page);
    fake.to('INCOMING');
    await button(page, '받기').click();
    await button(page, '음소거').click();
    await button(page, '음소거 해제').waitFor();
    await button(page, '보류').click();
    await button(page, '보류 해제').click();
    await button(page, '통화 종료').click();
    await button(page, '후처리 완료').click();
    await page.getByRole('textbox', { name: '전화번호' }).waitFor();
  }),
);

story('ringing is told to a screen reader, in the title, and with a countdown that is not live', () =>
  scene('en', async ({ page, fake }) => {
    await openDesk(page);
    fake.to('INCOMING');
    await soon('an alert', async () => (await page.getByRole('alert').last().innerText()).includes('Call ringing. Jaewon Kim. Billing'));
    same(await page.title(), 'Ringing · Jaewon Kim', 'title');
    const timer = page.getByRole('timer');
    check(/^(20|19) s left$/.test(await timer.innerText()), `countdown: ${await timer.innerText()}`);
    same(await timer.getAttribute('aria-live'), 'off', 'timer is not live');
    fake.to('MISSED', { reason: 'missed' });
    await page.getByText('Not answered in time', { exact: false }).waitFor();
    same(await page.getByRole('alert').last().innerText(), '', 'the alert is over');
    await button(page, 'Clear').click();
    await page.getByRole('textbox', { name: 'Number' }).waitFor();
  }),
);

story('mute that the endpoint does not confirm goes back, with the reason', () =>
  scene('en', async ({ page, fake }) => {
    await openDesk(page);
    fake.to('CONNECTED');
    fake.endpointConfirms = false;
    await button(page, 'Mute').click();
    await button(page, 'Unmute').waitFor();
    await page.locator('section[data-tone=bad]').getByText('The audio app did not confirm mute.', { exact: false }).waitFor();
    await button(page, 'Mute').waitFor();
    await page.getByText('Mic on').waitFor();
  }),
);

story('a refused press says why and can be dismissed', () =>
  scene('en', async ({ page, fake }) => {
    await openDesk(page);
    await page.getByRole('textbox', { name: 'Number' }).fill('060-123');
    await button(page, 'Call').first().click();
    const notice = page.locator('section').getByText('Call: not done. That number may not be called.');
    await notice.waitFor();
    await button(page, 'Dismiss').click();
    await notice.waitFor({ state: 'detached' });
    same(pressed(fake), ['dial'], 'presses');
  }),
);

story('an outbound call, with keys sent from the keypad', () =>
  scene('en', async ({ page, fake }) => {
    await openDesk(page);
    await page.getByRole('textbox', { name: 'Number' }).fill('02-555-0199');
    await page.keyboard.press('Enter');
    await button(page, 'Keypad').and(page.locator('[aria-disabled=false]')).click();
    await page.keyboard.type('12');
    await page.getByRole('dialog').getByRole('button', { name: 'hash' }).click();
    await page.keyboard.press('Escape');
    const digits = fake.pressed.map(({ command }) => (command.do === 'send_digits' ? command.digits : '')).join('');
    same(digits, '12#', 'digits sent');
  }),
);

story('transfer by initial consonants, and to a typed number', () =>
  scene('ko', async ({ page, fake }) => {
    await openDesk(page);
    for (const [typed, wanted] of [
      ['ㄱㅅ', { do: 'transfer_to_quick_connect', contact: ids.contact, quick_connect: ids.quickQueue }],
      ['02-555-0199', { do: 'transfer_to_number', contact: ids.contact, number: '02-555-0199' }],
    ]) {
      fake.to('CONNECTED');
      await button(page, '호전환').click();
      await page.getByRole('combobox', { name: '넘길 곳 또는 번호' }).fill(String(typed));
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await button(page, '후처리 완료').waitFor();
      same(fake.pressed.at(-1)?.command, wanted, 'transfer');
    }
  }),
);

story('an agent who cannot be reached cannot be chosen as a target', () =>
  scene('en', async ({ page, fake }) => {
    await openDesk(page);
    fake.to('CONNECTED');
    await button(page, 'Transfer').click();
    await page.getByRole('option', { name: /Sumin Lee/ }).click({ force: true });
    await page.getByRole('dialog').getByRole('button', { name: 'Transfer to Sumin Lee' }).click({ force: true });
    await page.waitForTimeout(100);
    same(pressed(fake), [], 'presses');
  }),
);

story('a status chosen in a call is the next one, and can be cancelled', () =>
  scene('en', async ({ page, fake }) => {
    await openDesk(page);
    fake.to('CONNECTED');
    await button(page, 'Mute').waitFor();
    await page.getByLabel('Status').selectOption({ label: 'Lunch' });
    await page.getByText('Next status: Lunch').waitFor();
    check((await header(page)).includes('On a call'), 'the header still tells the call');
    await button(page, 'Cancel').click();
    await page.getByText('Next status: Lunch').waitFor({ state: 'detached' });
    fake.to('ENDED');
    await chord(page, 8);
    await page.getByRole('textbox', { name: 'Number' }).waitFor();
    await page.getByLabel('Status').selectOption({ label: 'Lunch' });
    await page.getByText('Choose Available to get calls.').waitFor();
  }),
);

story('pairing: a wrong code is told, the right one makes audio ready', () =>
  scene('en', async ({ page, fake }) => {
    await openDesk(page);
    fake.change({ media: { ...fake.desk.media, state: 'unpaired', ready: false, device: null, device_name: null, path: 'none' } });
    await page.getByText('No audio app is paired, so no calls can come.').waitFor();
    await page.locator('section[data-tone=bad]').getByRole('button', { name: 'Pair' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Six digits').fill('000000');
    await page.keyboard.press('Enter');
    await dialog.getByText('The code is not right or too old.', { exact: false }).waitFor();
    await dialog.getByLabel('Six digits').fill('123 456');
    await page.keyboard.press('Enter');
    await dialog.getByText('Paired with PC-114.').waitFor();
  }),
);

story('without the server the desk stays, says its age, disables with the reason, and comes back by itself', () =>
  scene('en', async ({ page, fake }) => {
    await openDesk(page);
    fake.to('CONNECTED');
    await button(page, 'Mute').waitFor();
    fake.reachable = false;
    fake.drop();
    await page.locator('section').getByText('Lost the server. The call goes on', { exact: false }).waitFor();
    await page.getByText('010-1234-5678').waitFor();
    await soon('an age', async () => /00:0\d ago/.test(await header(page)));
    same(await button(page, 'Mute').getAttribute('aria-disabled'), 'true', 'mute is disabled');
    check((await button(page, 'Mute').getAttribute('title'))?.includes('once the server is back'), 'with a reason');
    await page.getByLabel('Note').fill('typed without the server');
    await page.getByText('saved once the server is back').waitFor();
    fake.edit({ recording: false });
    fake.reachable = true;
    await page.getByText('saved', { exact: true }).waitFor({ timeout: 12_000 });
    same(fake.desk.contacts[0]?.note, 'typed without the server', 'note on the server');
    same(/** @type {any} */ (fake.hellos.at(-1)).seen > 1, true, 'hello names the last number seen');
  }),
);

story('a press whose answer was lost is sent again under the same id, and acts once', () =>
  scene('en', async ({ page, fake }) => {
    await openDesk(page);
    fake.to('CONNECTED');
    await button(page, 'Hold').waitFor();
    fake.answering = false;
    await button(page, 'Hold').click();
    await soon('the press', () => fake.pressed.length === 1);
    fake.answering = true;
    fake.drop();
    await button(page, 'Resume').waitFor({ timeout: 8000 });
    same(fake.pressed.length, 2, 'sent twice');
    same(fake.pressed[0]?.id, fake.pressed[1]?.id, 'ids');
  }),
);

story('a reload in mid-call is right again within a second', () =>
  scene('en', async ({ page, fake }) => {
    await openDesk(page);
    fake.to('CONNECTED', { connected_ms: Date.now() - 65_000, muted: true });
    await button(page, 'Unmute').waitFor();
    const before = Date.now();
    await page.reload({ waitUntil: 'commit' });
    await button(page, 'Unmute').waitFor();
    check(Date.now() - before < 1000, `took ${Date.now() - before} ms`);
    check(/01:0\d/.test(await header(page)), 'the time goes on');
    same(pressed(fake), [], 'nothing was pressed');
  }),
);

story('an expired sign-in does not throw a person out of a call', () =>
  scene('en', async ({ page, fake }) => {
    await openDesk(page);
    fake.to('CONNECTED');
    await button(page, 'Mute').waitFor();
    fake.tokenGood = false;
    fake.drop();
    await page.getByText('Your sign-in expired.', { exact: false }).waitFor();
    await page.getByText('010-1234-5678').waitFor();
    fake.tokenGood = true;
    await button(page, 'Sign in').click();
    await signIn(page);
    await soon('mute', async () => (await button(page, 'Mute').getAttribute('aria-disabled')) === 'false', 8000);
  }),
);

story('an expired sign-in on an idle desk asks for it again', () =>
  scene('en', async ({ page, fake }) => {
    await openDesk(page);
    fake.tokenGood = false;
    fake.drop();
    await page.getByText('Your sign-in has expired. Sign in again.').waitFor();
    await page.getByLabel('Username').waitFor();
  }),
);

story('a second click of a double click never hits what took the place of Accept', () =>
  scene('en', async ({ page, fake }) => {
    await openDesk(page);
    fake.to('INCOMING');
    const box = await button(page, 'Accept').boundingBox();
    check(box, 'accept is there');
    await page.mouse.dblclick((box?.x ?? 0) + 30, (box?.y ?? 0) + 10, { delay: 0 });
    await button(page, 'Mute').waitFor();
    await page.waitForTimeout(200);
    same(pressed(fake), ['accept'], 'presses');
  }),
);

story('the regions stand at the same place in every state', () =>
  scene('ko', async ({ page, fake }) => {
    await openDesk(page);
    const places = () =>
      page.evaluate(() =>
        ['.desk > header', '.desk > section', '.desk > section + section', '.desk > main', '.desk > footer'].map((region) => {
          const box = document.querySelector(region)?.getBoundingClientRect();
          return box ? [box.x, box.y, box.width, box.height].map(Math.round) : null;
        }),
      );
    const idle = await places();
    check(!idle.includes(null), 'all regions are there');
    for (const state of /** @type {const} */ (['INCOMING', 'CONNECTING', 'CONNECTED', 'CONNECTED_ONHOLD', 'ENDED', 'MISSED'])) {
      fake.to(state);
      await page.waitForTimeout(60);
      same(await places(), idle, state);
      same(await page.evaluate(() => document.documentElement.scrollHeight <= innerHeight), true, `${state} fits 320×460`);
    }
  }),
);

story('the longest notices fit their row', () =>
  scene('ko', async ({ page, fake }) => {
    await openDesk(page);
    /** @param {string} what */
    const fits = async (what) => {
      await page.waitForTimeout(60);
      const over = await page.locator('.desk > section').nth(1).evaluate((row) => row.scrollHeight - row.clientHeight);
      check(over <= 0, `${what} is ${over} px too high`);
    };
    for (const language of ['ko', 'en']) {
      fake.reset(language);
      await page.locator(`html[lang=${language}]`).waitFor();
      fake.change({ media: { ...fake.desk.media, state: 'offline', ready: false, device_name: 'SEOUL-PC-114' } });
      await fits(`${language} media offline`);
      fake.reset(language);
      fake.to('CONNECTED');
      fake.refusals.set('hold', { code: 'agent_not_reachable', message: '' });
      // The press counts only once the page shows the call.
      await button(page, language === 'ko' ? '보류' : 'Hold').waitFor();
      await page.keyboard.press('Control+Shift+Digit4');
      await page.locator('.desk > section[data-tone=bad]').waitFor();
      await fits(`${language} refused`);
    }
    fake.reachable = false;
    fake.drop();
    await page.getByText('Lost the server.', { exact: false }).first().waitFor();
    await fits('lost');
  }),
);

story('shortcuts can be switched off, and keys of a Hangul input method mean the same', () =>
  scene('en', async ({ page, fake }) => {
    await openDesk(page);
    fake.to('INCOMING');
    await button(page, 'Accept').waitFor();
    /** @param {KeyboardEventInit} init */
    const key = (init) =>
      page.evaluate((json) => void window.dispatchEvent(new KeyboardEvent('keydown', JSON.parse(json))), JSON.stringify(init));
    await key({ code: 'Digit1', key: 'Process', ctrlKey: true, shiftKey: true, isComposing: true });
    await page.waitForTimeout(50);
    same(pressed(fake), [], 'while composing');
    await key({ code: 'Digit1', key: 'ㅁ', ctrlKey: true, shiftKey: true });
    await button(page, 'Mute').waitFor();
    await button(page, 'Help').click();
    await page.getByLabel('Use keyboard shortcuts').uncheck();
    await button(page, 'Close').click();
    await chord(page, 3);
    await page.waitForTimeout(50);
    same(pressed(fake), ['accept'], 'switched off');
  }),
);

story('at 300 % zoom and 320 pixels nothing is cut off sideways', () =>
  scene(
    'ko',
    async ({ page, fake }) => {
      await openDesk(page);
      for (const state of /** @type {const} */ (['INCOMING', 'CONNECTED', 'ENDED'])) {
        fake.to(state);
        await page.waitForTimeout(60);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        check(over <= 0, `${state} is ${over} px too wide`);
      }
    },
    { viewport: { width: 150, height: 220 }, deviceScaleFactor: 2 },
  ),
);
