// The languages of the pages and how one is chosen. Korean is the base; English is complete (the types see to it).

export const languages = ['ko', 'en'] as const;
export type Language = (typeof languages)[number];

/** The first of the given wishes that we speak, else Korean. Wishes are BCP 47 tags such as `ko-KR`. */
export function chooseLanguage(...wishes: readonly (string | null | undefined)[]): Language {
  for (const wish of wishes) {
    const primary = wish?.toLowerCase().split('-')[0];
    const spoken = languages.find((language) => language === primary);
    if (spoken) return spoken;
  }
  return 'ko';
}
