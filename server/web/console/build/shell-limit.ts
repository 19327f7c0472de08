// The size of the console's shell: everything that is loaded before a room is opened. What is loaded later (the flow
// graph) does not count. Too large fails the build.

import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

export function shellLimit(limitKib: number): Plugin {
  return {
    name: 'twinline-shell-limit',
    apply: 'build',
    generateBundle(_options, bundle) {
      const ahead = Object.values(bundle).flatMap((file) => (file.type === 'chunk' && file.isEntry ? [file.fileName] : []));
      const counted = new Set<string>();
      let bytes = 0;
      for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
        const file = bundle[name];
        if (counted.has(name) || file?.type !== 'chunk') continue;
        counted.add(name);
        bytes += gzipSync(file.code, { level: 9 }).byteLength;
        ahead.push(...file.imports);
      }
      const kib = bytes / 1024;
      if (kib > limitKib) this.error(`the shell is ${kib.toFixed(1)} KiB gzip, more than ${limitKib}`);
      this.info(`shell ${kib.toFixed(1)} KiB gzip of ${limitKib}`);
    },
  };
}
