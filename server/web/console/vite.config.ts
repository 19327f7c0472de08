// Builds the console: a shell below a size limit, the flow graph in a chunk of its own that loads when it is opened.

import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { shellLimit } from './build/shell-limit.ts';

const server = process.env['TWINLINE_SERVER'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  base: '/',
  plugins: [svelte(), shellLimit(120)],
  build: { target: 'es2022', modulePreload: { polyfill: false }, assetsInlineLimit: 0, reportCompressedSize: false },
  server: { proxy: { '/api': { target: server, ws: true } } },
});
