// What this browser remembers. The token lives as long as the tab (sessionStorage); choices live on (localStorage).
// Storage may be blocked by policy: then everything lasts as long as the page.

import { languages, type Language } from '@twinline/messages/language';

function read(store: () => Storage, key: string): string | null {
  try {
    return store().getItem(`twinline.${key}`);
  } catch {
    return null;
  }
}

function write(store: () => Storage, key: string, value: string | null): void {
  try {
    if (value === null) store().removeItem(`twinline.${key}`);
    else store().setItem(`twinline.${key}`, value);
  } catch {
    // Blocked: the value still holds for this page.
  }
}

const tab = () => sessionStorage;
const browser = () => localStorage;

class Settings {
  #token = $state.raw(read(tab, 'token'));
  #language = $state.raw(languages.find((language) => language === read(browser, 'language')) ?? null);
  #shortcuts = $state.raw(read(browser, 'shortcuts') !== 'off');
  #notify = $state.raw(read(browser, 'notify') === 'on');
  #desktop = $state.raw(read(browser, 'desktop') ?? '');

  get token(): string | null {
    return this.#token;
  }
  set token(value: string | null) {
    this.#token = value;
    write(tab, 'token', value);
  }

  /** Null: the language of the person's account. */
  get language(): Language | null {
    return this.#language;
  }
  set language(value: Language | null) {
    this.#language = value;
    write(browser, 'language', value);
  }

  get shortcuts(): boolean {
    return this.#shortcuts;
  }
  set shortcuts(on: boolean) {
    this.#shortcuts = on;
    write(browser, 'shortcuts', on ? 'on' : 'off');
  }

  get notify(): boolean {
    return this.#notify;
  }
  set notify(on: boolean) {
    this.#notify = on;
    write(browser, 'notify', on ? 'on' : 'off');
  }

  /** Name of this VDI desktop as the person gave it. */
  get desktop(): string {
    return this.#desktop;
  }
  set desktop(name: string) {
    this.#desktop = name;
    write(browser, 'desktop', name || null);
  }
}

export const settings = new Settings();
