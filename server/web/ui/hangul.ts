// Type-ahead that knows Hangul: initial consonants (ㄱㅅ finds 검수), and a syllable that is still being typed
// (거 finds 검수). Everything else is compared without case and without spaces.

const FIRST_SYLLABLE = 0xac00;
const LAST_SYLLABLE = 0xd7a3;
const FINALS = 28;
const VOWELS = 21;
/** Initial consonants in the order in which Unicode composes syllables (Unicode 3.12), as typed on their own. */
const INITIALS = 'ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ';

/** Does `query` occur in `text`? An empty query is found in everything. */
export function found(text: string, query: string): boolean {
  const wanted = [...plain(query)];
  if (wanted.length === 0) return true;
  const letters = [...plain(text)];
  for (let at = 0; at + wanted.length <= letters.length; at += 1) {
    if (wanted.every((letter, i) => matches(letters[at + i] ?? '', letter))) return true;
  }
  return false;
}

function matches(letter: string, wanted: string): boolean {
  if (letter === wanted) return true;
  const code = syllable(letter);
  if (code === null) return false;
  if (INITIALS.includes(wanted)) return INITIALS[Math.floor(code / (FINALS * VOWELS))] === wanted;
  const other = syllable(wanted);
  // A syllable without a final consonant may still get one.
  return other !== null && other % FINALS === 0 && code - (code % FINALS) === other;
}

/** Number of the syllable, or null when it is none. */
function syllable(letter: string): number | null {
  const code = letter.charCodeAt(0);
  return code >= FIRST_SYLLABLE && code <= LAST_SYLLABLE ? code - FIRST_SYLLABLE : null;
}

function plain(text: string): string {
  return text.normalize('NFC').toLowerCase().replace(/[\s-]/g, '');
}
