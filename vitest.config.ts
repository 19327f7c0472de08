// Unit tests of the pages: everything without a browser.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['signaling-ccp/**/*.test.ts', 'server/web/**/*.test.ts'], environment: 'node' },
});
