// The CCP never asks for audio, never paints by itself, and talks to its own server only.

import { readFile, readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { button, check, openDesk, same, scene, story } from '../harness.mjs';

const dist = fileURLToPath(new URL('../../../signaling-ccp/dist', import.meta.url));

story('the bundle holds no audio API', async () => {
  const banned =
    /getUserMedia|mediaDevices|enumerateDevices|AudioContext|AudioWorklet|RTCPeerConnection|MediaStream|MediaRecorder|new Audio\b|<audio|<video|HTMLAudioElement|speechSynthesis|setSinkId|requestAnimationFrame/;
  const names = await readdir(dist, { recursive: true });
  const texts = names.filter((name) => /\.(js|html|css|svg)$/.test(name));
  check(texts.length >= 3, `only ${texts.length} files`);
  for (const name of texts) {
    const hit = banned.exec(await readFile(`${dist}/${name}`, 'utf8'));
    check(hit === null, `${name}: ${hit?.[0]}`);
  }
});

/** Runs in the page before anything else: every way to sound, and every own repaint, leaves its name. */
export function trap() {
  /** @type {string[]} */
  const asked = [];
  Object.assign(window, { asked });
  /** @param {object} target @param {string} name */
  const spring = (target, name) =>
    Object.defineProperty(target, name, {
      configurable: true,
      get() {
        asked.push(name);
        return undefined;
      },
    });
  for (const name of ['mediaDevices', 'getUserMedia', 'webkitGetUserMedia', 'mediaSession', 'vibrate']) spring(navigator, name);
  for (const name of ['AudioContext', 'webkitAudioContext', 'OfflineAudioContext', 'RTCPeerConnection', 'Audio']) spring(window, name);
  for (const name of ['MediaRecorder', 'MediaStream', 'speechSynthesis', 'webkitSpeechRecognition']) spring(window, name);
  spring(HTMLMediaElement.prototype, 'play');
  const create = document.createElement.bind(document);
  /** @param {string} name @param {ElementCreationOptions} [options] */
  document.createElement = (/** @type {any} */ name, /** @type {any} */ options) => {
    if (/^(audio|video)$/i.test(name)) asked.push(`<${name}>`);
    return create(name, options);
  };
  const frame = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (callback) => {
    asked.push('requestAnimationFrame');
    return frame(callback);
  };
}

story('a whole call asks for no audio, requests no frame, and talks to its own server only', () =>
  scene(
    'en',
    async ({ page, fake }) => {
      /** @type {string[]} */
      const elsewhere = [];
      page.on('request', (request) => {
        if (!request.url().startsWith(fake.base)) elsewhere.push(request.url());
      });
      await openDesk(page);
      fake.to('INCOMING');
      await button(page, 'Accept').click();
      await button(page, 'Mute').click();
      await button(page, 'Unmute').waitFor();
      await button(page, 'Hold').click();
      await button(page, 'Resume').click();
      await button(page, 'Keypad').click();
      await page.keyboard.press('Escape');
      await button(page, 'Transfer').click();
      await page.keyboard.press('Escape');
      await button(page, 'End call').click();
      await button(page, 'Finish').click();
      await button(page, 'Help').click();
      await page.reload();
      await page.locator('#status').waitFor();
      same(await page.evaluate(() => /** @type {any} */ (window).asked), [], 'asked for');
      same(elsewhere, [], 'requests elsewhere');
      const running = await page.evaluate(() => document.getAnimations().length);
      same(running, 0, 'animations');
    },
    { script: trap },
  ),
);
