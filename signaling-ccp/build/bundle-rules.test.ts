// The bundle rules catch what they are there for.
import { describe, expect, it } from 'vitest';
import { bannedInScript, bannedInStyle, broken } from './bundle-rules';

describe('bundle rules', () => {
  it('refuse every way to sound', () => {
    const ways = [
      'navigator.mediaDevices',
      'x.getUserMedia({})',
      'new AudioContext',
      'new webkitAudioContext()',
      'new RTCPeerConnection()',
      'new Audio("x")',
      "document.createElement('audio')",
      '`<audio src=x>`',
      'navigator.mediaDevices.enumerateDevices()',
      'speechSynthesis.speak(x)',
    ];
    for (const way of ways) expect(broken(way, bannedInScript), way).not.toHaveLength(0);
  });
  it('refuse what moves, blurs or fetches', () => {
    const ways = [
      'a{transition:all 1s}',
      'a{color:red;animation-name:x}',
      '@keyframes x{}',
      'a{box-shadow:0 0 1px}',
      '@font-face{}',
      'a{background:url(https://x/y.png)}',
      'a{background:linear-gradient(red,blue)}',
    ];
    for (const way of ways) expect(broken(way, bannedInStyle), way).not.toHaveLength(0);
  });
  it('let ordinary code pass', () => {
    expect(broken('const audioPath="local";mediaState.ready', bannedInScript)).toEqual([]);
    expect(broken('html{caret-animation:manual}.a{grid-area:media}', bannedInStyle)).toEqual([]);
  });
});
