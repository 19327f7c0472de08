// Builds the CCP page: one HTML, one script, one style sheet below /ccp/, checked against its rules before it is written.

import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { bundleRules } from './build/bundle-rules.ts';

const server = process.env['TWINLINE_SERVER'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  base: '/ccp/',
  plugins: [svelte(), bundleRules({ scriptLimitKib: 40 })],
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: { proxy: { '/api': { target: server, ws: true } } },
});
