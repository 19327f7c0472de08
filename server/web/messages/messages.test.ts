// The catalogues: complete, without leftovers of the other language, and with the right particles.
import { describe, expect, it } from 'vitest';
import { en as consoleEn } from './console.en';
import { ko as consoleKo } from './console.ko';
import { en } from './ccp.en';
import { ko } from './ccp.ko';
import { withRo } from './josa';
import { chooseLanguage } from './language';

/** Every text of a catalogue with its path; functions are called with sample arguments. */
function texts(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') return [[path, String((value as (...args: unknown[]) => unknown)('1', '2'))]];
  return Object.entries(value as object).flatMap(([key, inner]) => texts(inner, `${path}.${key}`));
}

const pairs = [
  ['ccp', ko, en],
  ['console', consoleKo, consoleEn],
] as const;

describe.each(pairs)('%s', (_name, korean, english) => {
  it('both languages have the same keys, and no text is empty', () => {
    expect(texts(english).map(([path]) => path)).toEqual(texts(korean).map(([path]) => path));
    for (const [path, text] of [...texts(korean), ...texts(english)]) expect(text.trim(), path).not.toBe('');
  });
  it('English has no Hangul', () => {
    for (const [path, text] of texts(english)) expect(text, path).not.toMatch(/[가-힣ㄱ-ㅎ]/);
  });
});

describe('language', () => {
  it('is the first wish that we speak, else Korean', () => {
    expect(chooseLanguage('fr-FR', 'en-GB')).toBe('en');
    expect(chooseLanguage(undefined, 'ko-KR')).toBe('ko');
    expect(chooseLanguage('fr')).toBe('ko');
  });
});

describe('particle 로/으로', () => {
  it('follows the last sound', () => {
    expect(['검수', '야간 당직', '서울', 'A1'].map(withRo)).toEqual(['검수로', '야간 당직으로', '서울로', 'A1(으)로']);
  });
});
