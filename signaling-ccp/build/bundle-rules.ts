// The rules of the CCP bundle, checked on what is about to be written: no audio API, nothing that repaints on its own,
// nothing from another host, and a limit on its size. A broken rule fails the build.

import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

/** What must not be in the script: the page has no audio, and never repaints by itself. */
export const bannedInScript: readonly [pattern: RegExp, why: string][] = [
  [/getUserMedia|getDisplayMedia|mediaDevices|enumerateDevices/, 'asks for audio or video devices'],
  [/AudioContext|AudioWorklet|OfflineAudio|OscillatorNode|MediaRecorder|MediaStream/, 'makes or takes sound'],
  [/RTCPeerConnection|RTCSession|RTCIceCandidate/, 'carries media'],
  [/new Audio\b|createElement\((["'`])(audio|video)\1|<audio|<video|HTMLAudioElement/, 'plays sound'],
  [/speechSynthesis|SpeechRecognition/, 'speaks or listens'],
  [/navigator\.vibrate|setSinkId|sinkId/, 'chooses an output device'],
  [/requestAnimationFrame/, 'repaints with every frame'],
];

/** What must not be in the style sheet: anything that moves, blurs, or fetches. */
export const bannedInStyle: readonly [pattern: RegExp, why: string][] = [
  [/@font-face/, 'loads a web font'],
  [/@keyframes|(^|[;{\s])(animation|transition)(-[a-z]+)?\s*:/, 'animates'],
  [/box-shadow|text-shadow|drop-shadow|backdrop-filter|blur\(|gradient\(/, 'costs repaint over a remote display'],
  [/scroll-behavior\s*:\s*smooth/, 'scrolls smoothly'],
  [/@import|url\(\s*["']?(https?:)?\/\//, 'fetches from elsewhere'],
];

/** Finds every rule that a text breaks. */
export function broken(text: string, rules: readonly [RegExp, string][]): string[] {
  return rules.flatMap(([pattern, why]) => {
    const hit = pattern.exec(text);
    return hit ? [`"${hit[0].trim()}": ${why}`] : [];
  });
}

export function bundleRules({ scriptLimitKib }: { scriptLimitKib: number }): Plugin {
  return {
    name: 'twinline-bundle-rules',
    apply: 'build',
    generateBundle(_options, bundle) {
      let scriptBytes = 0;
      const faults: string[] = [];
      for (const file of Object.values(bundle)) {
        if (file.type === 'chunk') {
          scriptBytes += gzipSync(file.code, { level: 9 }).byteLength;
          faults.push(...broken(file.code, bannedInScript).map((fault) => `${file.fileName}: ${fault}`));
        } else if (file.fileName.endsWith('.css')) {
          faults.push(...broken(String(file.source), bannedInStyle).map((fault) => `${file.fileName}: ${fault}`));
        }
      }
      const kib = scriptBytes / 1024;
      if (kib > scriptLimitKib) faults.push(`scripts are ${kib.toFixed(1)} KiB gzip, more than ${scriptLimitKib}`);
      if (faults.length > 0) this.error(`The bundle breaks its rules:\n  ${faults.join('\n  ')}`);
      this.info(`scripts ${kib.toFixed(1)} KiB gzip of ${scriptLimitKib}`);
    },
  };
}
