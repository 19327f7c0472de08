// The Korean particle that follows a word, chosen by the word's last sound.

const FIRST_SYLLABLE = 0xac00;
const LAST_SYLLABLE = 0xd7a3;
const FINALS = 28;
const RIEUL = 8;

/** `검수로`, `야간 당직으로`, `서울로`; after anything that is no Hangul syllable both forms: `A1(으)로`. */
export function withRo(word: string): string {
  const code = word.charCodeAt(word.length - 1);
  if (!(code >= FIRST_SYLLABLE && code <= LAST_SYLLABLE)) return `${word}(으)로`;
  const final = (code - FIRST_SYLLABLE) % FINALS;
  return final === 0 || final === RIEUL ? `${word}로` : `${word}으로`;
}
