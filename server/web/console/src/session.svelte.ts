// Who is signed in, what they may do, and in which language they read.

import { api, ask, Refused, type Schemas } from '@twinline/api/client';
import { en } from '@twinline/messages/console.en';
import { ko } from '@twinline/messages/console.ko';
import { chooseLanguage, languages, type Language } from '@twinline/messages/language';

type Role = Schemas['Role'];

class Session {
  me = $state.raw<Schemas['Me'] | null>(null);
  /** False until the first answer of the server. */
  known = $state(false);
  expired = $state(false);
  #chosen = $state<Language | null>(languages.find((language) => language === remembered()) ?? null);

  readonly language: Language = $derived(this.#chosen ?? chooseLanguage(this.me?.language, navigator.language));
  readonly m = $derived(this.language === 'en' ? en : ko);
  /** Supervisors and administrators see the rooms; administrators edit. */
  readonly leads = $derived(this.has('supervisor') || this.has('admin'));
  readonly edits = $derived(this.has('admin'));

  has(role: Role): boolean {
    return this.me?.roles.includes(role) ?? false;
  }

  choose(language: Language): void {
    this.#chosen = language;
    try {
      localStorage.setItem('twinline.language', language);
    } catch {
      // Storage is blocked: the choice lasts as long as the page.
    }
  }

  /** Asks who the cookie belongs to. */
  async look(): Promise<void> {
    try {
      this.me = (await ask(api.GET('/api/v1/session'))).user;
    } catch {
      this.me = null;
    }
    this.known = true;
  }

  async signIn(username: string, password: string): Promise<void> {
    this.me = (await ask(api.POST('/api/v1/session', { body: { username, password } }))).user;
    this.expired = false;
  }

  async signOut(): Promise<void> {
    await ask(api.DELETE('/api/v1/session')).catch(() => null);
    this.me = null;
  }

  /** What to say about a failed request; a lost sign-in leads back to the sign-in page. */
  explain(error: unknown): string {
    const { common } = this.m;
    if (!(error instanceof Refused)) throw error;
    if (error.status === 401 && this.me !== null) {
      this.me = null;
      this.expired = true;
    }
    if (error.code === 'unreachable') return common.unreachable;
    if (error.status === 412) return common.stale;
    return common.refused([error.detail || error.code, error.remedy].filter(Boolean).join(' '));
  }
}

function remembered(): string | null {
  try {
    return localStorage.getItem('twinline.language');
  } catch {
    return null;
  }
}

export const session = new Session();
