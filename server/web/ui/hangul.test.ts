// Type-ahead with Hangul.
import { describe, expect, it } from 'vitest';
import { found } from './hangul';

describe('found', () => {
  it('by initial consonants, anywhere in the name', () => {
    expect(found('검수', 'ㄱㅅ')).toBe(true);
    expect(found('기술 지원', 'ㅈㅇ')).toBe(true);
    expect(found('검수', 'ㅅㄱ')).toBe(false);
    expect(found('까치', 'ㄱ')).toBe(false);
  });
  it('by a syllable that is still being typed', () => {
    expect(found('검수', '거')).toBe(true);
    expect(found('검수', '검ㅅ')).toBe(true);
    expect(found('검수', '건')).toBe(false);
  });
  it('by Latin letters without case and spaces', () => {
    expect(found('Night desk', 'ghtD')).toBe(true);
    expect(found('Night desk', 'day')).toBe(false);
  });
  it('an empty wish finds everything', () => expect(found('x', ' ')).toBe(true));
  it('decomposed input is the same word', () => expect(found('검수', '검'.normalize('NFD'))).toBe(true));
});
