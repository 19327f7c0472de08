// What the CCP costs over a remote display: frames a second, and changed pixels a second counted as the bounding box of
// what changed between two frames of a CDP screencast. Limits for every steady state: 2 frames/s, 2,000 px/s.

import { PNG } from 'pngjs';
import { check, openDesk, scene, story } from '../harness.mjs';

const SETTLE_MS = 1500;
const WATCH_MS = 10_000;
const FRAMES_PER_S = 2;
const PIXELS_PER_S = 2000;

/** Pixels of the smallest box around everything that differs. @param {PNG} a @param {PNG} b */
export function changedBox(a, b) {
  if (a.width !== b.width || a.height !== b.height) return b.width * b.height;
  const [left, top, right, bottom] = [b.width, b.height, -1, -1];
  const box = { left, top, right, bottom };
  const [one, two] = [new Uint32Array(a.data.buffer, a.data.byteOffset), new Uint32Array(b.data.buffer, b.data.byteOffset)];
  for (let y = 0; y < b.height; y += 1) {
    for (let x = 0; x < b.width; x += 1) {
      const at = y * b.width + x;
      if (one[at] === two[at]) continue;
      box.left = Math.min(box.left, x);
      box.right = Math.max(box.right, x);
      box.top = Math.min(box.top, y);
      box.bottom = Math.max(box.bottom, y);
    }
  }
  return box.right < 0 ? 0 : (box.right - box.left + 1) * (box.bottom - box.top + 1);
}

/** @param {import('playwright-core').Page} page */
async function watch(page) {
  const session = await page.context().newCDPSession(page);
  /** @type {Buffer[]} */
  const frames = [];
  session.on('Page.screencastFrame', ({ data, sessionId }) => {
    frames.push(Buffer.from(data, 'base64'));
    void session.send('Page.screencastFrameAck', { sessionId }).catch(() => {});
  });
  await session.send('Page.startScreencast', { format: 'png', everyNthFrame: 1 });
  await page.waitForTimeout(SETTLE_MS);
  frames.splice(0, Math.max(0, frames.length - 1));
  await page.waitForTimeout(WATCH_MS);
  await session.send('Page.stopScreencast');
  const images = frames.map((frame) => PNG.sync.read(frame));
  let pixels = 0;
  for (const [i, image] of images.entries()) {
    const before = images[i - 1];
    if (before) pixels += changedBox(before, image);
  }
  const seconds = WATCH_MS / 1000;
  return { frames: (images.length - 1) / seconds, pixels: pixels / seconds };
}

/** @type {Record<string, (scene: import('../harness.mjs').Scene) => Promise<void>>} */
const states = {
  idle: async () => {},
  ringing: async ({ fake }) => fake.to('INCOMING', { deadline_ms: Date.now() + 60_000 }),
  connected: async ({ fake }) => fake.to('CONNECTED'),
  'on hold': async ({ fake }) => fake.to('CONNECTED_ONHOLD'),
  'after call': async ({ fake }) => fake.to('ENDED'),
  'typing place in the note': async ({ page, fake }) => {
    fake.to('CONNECTED');
    await page.locator('#note').focus();
  },
  'without the server': async ({ fake }) => {
    fake.reachable = false;
    fake.drop();
  },
};

for (const [name, enter] of Object.entries(states)) {
  story(
    `repaint: ${name}`,
    () =>
      scene(
        'ko',
        async (stage) => {
          await openDesk(stage.page);
          await enter(stage);
          const { frames, pixels } = await watch(stage.page);
          const told = `${frames.toFixed(1)} frames/s, ${(pixels / 1000).toFixed(2)} kpx/s`;
          check(frames > 0, `nothing was painted: the measurement does not work (${told})`);
          check(frames <= FRAMES_PER_S && pixels <= PIXELS_PER_S, told);
          console.log(`     ${name}: ${told}`);
        },
        { viewport: { width: 360, height: 560 } },
      ),
    { aside: true },
  );
}
