// Real calls at the CCP page: real server, real media agent, a telephone with a voice. The stories follow one another
// at one desk, as a working day does: pair, serve a customer by keyboard, pass one on, look at the records.

import { browser, button, check, same, soon, story } from '../harness.mjs';
import { PASSWORD } from '../real/stage.mjs';
import { trap } from './silence.mjs';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('../real/stage.mjs').Stage} Stage */

/** @param {Page} page @param {number} digit */
const chord = (page, digit) => page.keyboard.press(`Control+Shift+Digit${digit}`);
/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @param {import('playwright-core').BrowserContext} context @param {string} url */
export async function open(context, url) {
  const page = await context.newPage();
  /** @type {string[]} */
  const trouble = [];
  page.on('pageerror', (error) => trouble.push(error.message));
  page.on('console', (message) => {
    // The console page asks who is signed in before anybody is.
    const expected = message.text().includes('status of 401');
    if (message.type() === 'error' && !expected) trouble.push(message.text());
  });
  await page.goto(url);
  return { page, trouble };
}

/** @param {Page} page @param {string} username */
export async function enter(page, username) {
  await page.locator('[name=username]').fill(username);
  await page.locator('[name=password]').fill(PASSWORD);
  await page.keyboard.press('Enter');
}

/** @param {Stage} stage @param {(name: string, page: Page) => Promise<void>} look is called where a screen is worth a look */
export async function callStories(stage, look = async () => {}) {
  const context = await browser.newContext({ locale: 'en-US', viewport: { width: 320, height: 460 } });
  context.setDefaultTimeout(10_000);
  await context.addInitScript(trap);
  const { page, trouble } = await open(context, `${stage.base}/ccp`);
  const media = await stage.mediaAgent('kim');
  const status = page.locator('#status');

  /** Chooses a status without a mouse: the shortcut leads to the list, letters choose. @param {string} name */
  async function choose(name) {
    await chord(page, 9);
    await page.keyboard.type(name);
  }

  story('real: an agent signs in and pairs the audio app by typing its code', async () => {
    await look('ccp-sign-in', page);
    await button(page, 'English').click();
    await enter(page, 'kim');
    await status.waitFor();
    await page.getByText('No audio app is paired, so no calls can come.').waitFor();
    await look('ccp-unpaired', page);
    const code = await media.code();
    await page.locator('section[data-tone=bad]').getByRole('button', { name: 'Pair' }).click();
    await look('ccp-pairing', page);
    await page.keyboard.type(code);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByText('Paired with', { exact: false }).waitFor();
    await page.keyboard.press('Escape');
    await soon('the audio app knows', () => media.state.pairing?.status === 'paired');
    await page.getByText('Audio: ready', { exact: false }).waitFor();
  });

  story('real: a call by keyboard: accept, mute, hold, resume, end, note, result, finish', async () => {
    const { phone, contact } = await stage.customer('+821012345678', 'KIM Minji');
    await look('live', page);
    await choose('Available');
    await button(page, 'Accept').waitFor();
    await soon('the audio app rings too', () => media.state.call?.status === 'ringing');
    await look('ccp-ringing', page);
    await chord(page, 1);
    await page.getByText('Mic on').waitFor();
    await soon('a live call at the endpoint', () => media.state.call?.status === 'live');
    await soon('the customer hears the agent', heardMore(phone, 20), 8000);
    await look('ccp-connected', page);

    await chord(page, 3);
    await page.getByText('Muted', { exact: true }).waitFor();
    await soon('the endpoint confirms', () => media.state.call.muted === true && media.state.call.microphone_open === false);
    await pause(400);
    const silent = phone.heard.loud;
    await pause(700);
    same(phone.heard.loud - silent, 0, 'sound that the customer hears from a muted agent');
    await chord(page, 3);
    await page.getByText('Mic on').waitFor();
    await soon('the customer hears the agent again', heardMore(phone, 20), 8000);

    await chord(page, 4);
    await button(page, 'Resume').waitFor();
    await soon('held at the endpoint', () => media.state.call.status === 'held');
    await soon('the customer hears music', heardMore(phone, 20), 8000);
    await look('ccp-hold', page);
    await chord(page, 4);
    await button(page, 'Hold').waitFor();
    await soon('live again at the endpoint', () => media.state.call.status === 'live');

    await reloadInMidCall(page, media, phone);

    await page.getByLabel('Note').fill('Refund arranged');
    await page.getByText('saved', { exact: true }).waitFor();
    await chord(page, 7);
    await button(page, 'Finish').waitFor();
    await soon('the customer is hung up', () => phone.state === 'ended');
    await page.getByLabel('Result').selectOption('Refund');
    await look('ccp-acw', page);
    await soon('the result is taken', async () => (await page.getByLabel('Result').getAttribute('data-pending')) === 'false');
    await chord(page, 8);
    await page.getByRole('textbox', { name: 'Number' }).waitFor();
    await look('ccp-idle', page);
    await soon('a finished record', async () => {
      const record = await stage.get(`contacts/${contact}`);
      return record.Note === 'Refund arranged' && record.Disposition === 'Refund' && record.Agent?.NumberOfHolds === 1;
    });
  });

  story('real: a blind transfer to a quick connect leaves the customer with the other side, in Korean', async () => {
    same(await page.evaluate(() => /** @type {any} */ (window).asked), [], 'asked for');
    await page.evaluate(() => localStorage.setItem('twinline.language', 'ko'));
    await page.reload();
    await page.setViewportSize({ width: 390, height: 600 });
    const reception = await stage.phone(stage.ports.outbound);
    const { phone } = await stage.customer('+821087654321', 'PARK Jiho');
    await button(page, '받기').waitFor();
    await look('ccp-ringing-ko', page);
    await chord(page, 1);
    await page.getByText('마이크 켜짐').waitFor();
    await look('ccp-connected-ko', page);
    await chord(page, 5);
    await page.getByRole('combobox', { name: '넘길 곳' }).waitFor();
    await page.keyboard.type('Rec');
    await page.keyboard.press('ArrowDown');
    await look('ccp-transfer-ko', page);
    await page.keyboard.press('Enter');
    await soon('reception answers', () => reception.state === 'answered', 8000);
    await button(page, '후처리 완료').waitFor();
    await look('ccp-acw-ko', page);
    await soon('reception hears the customer', heardMore(reception, 20), 8000);
    await soon('the customer hears reception', heardMore(phone, 20), 8000);
    await chord(page, 8);
    await page.getByRole('textbox', { name: '전화번호' }).waitFor();
    same(phone.state, 'answered', 'the customer');
    phone.hangUp();
    await soon('reception is hung up', () => reception.state === 'ended');
    await page.setViewportSize({ width: 1280, height: 800 });
    await look('ccp-idle-ko-wide', page);
  });

  story('real: through the whole day the page asked for no audio and had no errors', async () => {
    same(await page.evaluate(() => /** @type {any} */ (window).asked), [], 'asked for');
    same(trouble, [], 'errors on the page');
  });
}

/** Whether more sound came than `by` packets since now. @param {import('../real/phone.mjs').Phone} phone @param {number} by */
function heardMore(phone, by) {
  const before = phone.heard.loud;
  return () => phone.heard.loud >= before + by;
}

/** The reload shows the call within a second, and nothing at either end of the call notices. @param {Page} page @param {import('../real/stage.mjs').MediaAgent} media @param {import('../real/phone.mjs').Phone} phone */
async function reloadInMidCall(page, media, phone) {
  // The list is a new one after a reload: what was asked before it is looked at first.
  same(await page.evaluate(() => /** @type {any} */ (window).asked), [], 'asked for');
  const leg = media.state.call.leg;
  const [begun, before] = [Date.now(), { ...phone.heard }];
  await page.reload({ waitUntil: 'commit' });
  await page.getByText('Mic on').waitFor();
  await button(page, 'Hold').waitFor();
  const took = Date.now() - begun;
  check(took < 1000, `the page was right again after ${took} ms`);
  same(await page.evaluate(() => /** @type {any} */ (window).asked), [], 'asked for');
  await pause(500);
  check(phone.heard.packets > before.packets + 25, `${phone.heard.packets - before.packets} packets came to the customer`);
  same([phone.heard.missing, phone.heard.streams], [before.missing, before.streams], 'what the customer hears goes on without a gap');
  same([media.state.call.leg, media.state.call.status, phone.state], [leg, 'live', 'answered'], 'the call');
}
