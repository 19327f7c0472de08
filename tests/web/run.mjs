// Runs the browser tests and ends with the line `N passed, N failed`. Arguments are words that a story's name must
// have. `npm run build` comes first; Chromium is Debian's, or the one that CHROMIUM names.

import { browser, stories, tell } from './harness.mjs';
import './checks/ccp.mjs';
import './checks/silence.mjs';
import './checks/access.mjs';
import './checks/console.mjs';
import './checks/real.mjs';
import './checks/repaint.mjs';

const words = process.argv.slice(2);
const failed = await tell(stories.filter(({ name }) => words.every((word) => name.includes(word))));
await browser.close();
process.exitCode = failed > 0 ? 1 : 0;
