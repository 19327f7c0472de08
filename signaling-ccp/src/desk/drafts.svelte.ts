// Notes while they are typed. A draft exists from the first key until the server has exactly that text; it outlives a
// lost link and is sent again when the link is back.

import type { DeskState, LinkState } from './state';

const QUIET_MS = 800;
export const LONGEST_NOTE = 4000;

export class Drafts {
  /** By contact; a new map for every change, which is what the panels watch. */
  #texts = $state.raw<ReadonlyMap<string, string>>(new Map());
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #send: (contact: string, note: string) => void;
  #link: LinkState = 'opening';

  constructor(send: (contact: string, note: string) => void) {
    this.#send = send;
  }

  /** The text to show where the server's is `saved`. */
  text(contact: string, saved: string): string {
    return this.#texts.get(contact) ?? saved;
  }

  unsaved(contact: string): boolean {
    return this.#texts.has(contact);
  }

  type(contact: string, text: string): void {
    this.#texts = new Map(this.#texts).set(contact, text);
    clearTimeout(this.#timers.get(contact));
    this.#timers.set(
      contact,
      setTimeout(() => this.flush(contact), QUIET_MS),
    );
  }

  /** Sends what is unsaved at once, before the contact is finished. */
  flush(contact: string): void {
    clearTimeout(this.#timers.get(contact));
    this.#timers.delete(contact);
    const text = this.#texts.get(contact);
    if (text !== undefined && this.#link === 'up') this.#send(contact, text);
  }

  /** Sends everything unsaved at once: the field was left. */
  flushAll(): void {
    for (const contact of this.#texts.keys()) this.flush(contact);
  }

  /** After every word of the server: drop what it has, forget what is gone, and send again after a lost link. */
  compare({ desk, link, presses }: DeskState): void {
    const back = link === 'up' && this.#link !== 'up';
    this.#link = link;
    if (desk === null) return;
    for (const [id, text] of this.#texts) {
      const contact = desk.contacts.find((other) => other.id === id);
      const underWay = presses.some(({ command }) => command.do === 'set_note' && command.contact === id);
      if (contact === undefined || contact.note === text) this.#drop(id);
      else if (back && !underWay && !this.#timers.has(id)) this.flush(id);
    }
  }

  clear(): void {
    for (const id of [...this.#texts.keys()]) this.#drop(id);
  }

  #drop(id: string): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    const rest = new Map(this.#texts);
    rest.delete(id);
    this.#texts = rest;
  }
}
