// The pages against the real thing, started here: server, media agent, telephones. Runs the stories, stops everything,
// ends with `N passed, N failed`. TWINLINE_BIN names the server (default target/debug/twinline; the media agent lies
// beside it), TWINLINE_SHOTS a folder for pictures of the screens. Arguments are words that a story's name must have.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { browser, stories, tell } from './harness.mjs';
import { PASSWORD, Stage } from './real/stage.mjs';

const shots = process.env['TWINLINE_SHOTS'];
if (shots) await mkdir(shots, { recursive: true });

/** @param {string} name @param {import('playwright-core').Page} page */
async function look(name, page) {
  if (shots) await page.screenshot({ path: join(shots, `${name}.png`) });
}

const stage = await Stage.set();
process.env['TWINLINE_BASE'] = stage.base;
process.env['TWINLINE_AGENT'] = `lee:${PASSWORD}`;
process.env['TWINLINE_LEAD'] = `admin:${PASSWORD}`;
let failed = 1;
try {
  const { callStories } = await import('./checks/real-call.mjs');
  await callStories(stage, look);
  const { recordStories } = await import('./checks/real-records.mjs');
  recordStories(stage, look);
  await import('./checks/real.mjs');
  const words = ['real:', ...process.argv.slice(2)];
  failed = await tell(stories.filter(({ name }) => words.every((word) => name.includes(word))));
  if (failed > 0) console.log(`--- end of the server's log\n${(await stage.log()).split('\n').slice(-40).join('\n')}`);
} finally {
  await browser.close();
  await stage.strike();
}
process.exitCode = failed > 0 ? 1 : 0;
