// Runs the browser tests and ends with the line `N passed, N failed`. Arguments are words that a story's name must
// have. `npm run build` comes first; Chromium is Debian's, or the one that CHROMIUM names.

import { browser, Failed, stories } from './harness.mjs';
import './checks/ccp.mjs';
import './checks/silence.mjs';
import './checks/access.mjs';
import './checks/console.mjs';
import './checks/real.mjs';
import './checks/repaint.mjs';

const words = process.argv.slice(2);
const chosen = stories.filter(({ name }) => words.every((word) => name.includes(word)));
let [passed, failed] = [0, 0];

/** @param {import('./harness.mjs').Story} story */
async function run({ name, tell }) {
  try {
    await tell();
    passed += 1;
    console.log(`ok   ${name}`);
  } catch (error) {
    failed += 1;
    const text = error instanceof Failed ? error.message : error instanceof Error ? error.stack : String(error);
    console.log(`FAIL ${name}\n     ${String(text).split('\n').slice(0, 12).join('\n     ')}`);
  }
}

for (const story of chosen.filter(({ aside }) => !aside)) await run(story);
// Stories that only watch the page for seconds do so side by side.
await Promise.all(chosen.filter(({ aside }) => aside).map(run));
await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
