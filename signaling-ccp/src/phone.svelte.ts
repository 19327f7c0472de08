// The page's one living object: it feeds the pure desk from the link, ticks once a second while somebody looks, and
// turns presses into commands. Panels read it and call it; rules live in desk/.

import { en } from '@twinline/messages/ccp.en';
import { ko } from '@twinline/messages/ccp.ko';
import { chooseLanguage, type Language } from '@twinline/messages/language';
import { mayPress, mayPressAlone } from './desk/can';
import { Drafts } from './desk/drafts.svelte';
import { noticeOf } from './desk/notice';
import { newsOf, type News } from './desk/news';
import { foremost } from './desk/phase';
import { nothingYet, step, type DeskEvent, type DeskState } from './desk/state';
import { Link, type LinkEvent, type Press } from './link/link';
import type { Command } from './link/messages';
import { pressId } from './link/press-id';
import { settings } from './settings.svelte';
import { signOut } from './link/session';

export type DialogName = 'transfer' | 'keypad' | 'pairing' | 'help';

const TICK_MS = 1000;
/** Waits of queues are told in minutes and all at once, so that they repaint once a minute. */
const MINUTE_MS = 60_000;

export class Phone {
  desk = $state.raw<DeskState>(nothingYet);
  /** The page's clock at the last tick, ms. */
  ticked = $state.raw(Date.now());
  /** The server's clock at the last full minute of watching, ms. */
  minute = $state.raw(0);
  dialog = $state.raw<DialogName | null>(null);
  token = $state.raw<string | null>(null);
  /** Why the sign-in page is shown again. */
  signInReason = $state.raw<'expired' | 'notAgent' | null>(null);
  /** The sign-in page was asked for while a contact is still on the desk. */
  wantsSignIn = $state.raw(false);
  /** Number typed for an outbound call. */
  number = $state.raw('');
  polite = $state.raw('');
  assertive = $state.raw('');

  readonly language: Language = $derived(
    settings.language ?? chooseLanguage(this.desk.desk?.agent.language, navigator.language),
  );
  readonly m = $derived(this.language === 'en' ? en : ko);
  readonly contact = $derived(foremost(this.desk.desk?.contacts ?? []));
  readonly notice = $derived(noticeOf(this.desk, this.m));
  /** The server's clock now, ms. */
  readonly nowMs = $derived(this.ticked + (this.desk.offsetMs ?? 0));
  readonly drafts = new Drafts((contact, note) => this.press({ do: 'set_note', contact, note }));

  #link: Link | null = null;
  #tickTimer: ReturnType<typeof setTimeout> | undefined;

  /** Opens the link with a token of the sign-in. */
  begin(token: string): void {
    this.#link?.stop();
    this.token = token;
    this.signInReason = null;
    this.wantsSignIn = false;
    // A person who signs in again in mid-call keeps what is on the page until the first word of the server.
    if (this.desk.link === 'signed_out') this.desk = { ...this.desk, link: 'lost', seq: null };
    const url = new URL('/api/v1/ccp/socket', location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    this.#link = new Link(
      {
        token: () => this.token ?? '',
        desktop: () => settings.desktop.trim() || null,
        seen: () => this.desk.seq,
        pending: () => this.desk.presses,
        tell: (event) => this.#hear(event),
      },
      {
        open: () => new WebSocket(url),
        nowMs: () => Date.now(),
        later: (ms, what) => {
          const timer = setTimeout(what, ms);
          return () => clearTimeout(timer);
        },
        random: () => Math.random(),
      },
    );
    this.#link.start();
    this.look();
  }

  /** Ends the session on the server and forgets everything here. */
  async leave(): Promise<void> {
    const token = this.token;
    this.press({ do: 'sign_out' });
    this.#link?.stop();
    this.#link = null;
    this.token = null;
    this.dialog = null;
    this.desk = nothingYet;
    this.number = '';
    this.drafts.clear();
    this.look();
    if (token !== null) await signOut(token);
  }

  /** Sends a command; the answer changes `desk`. */
  press(command: Command): void {
    const made: Press = { id: pressId(), command, atMs: Date.now() };
    this.#take({ kind: 'pressed', press: made });
    this.#link?.send(made);
  }

  /** Presses for a contact, if that may be done now; tells why when not. */
  pressFor(command: Extract<Command, { contact: string }>): boolean {
    const contact = this.desk.desk?.contacts.find((other) => other.id === command.contact);
    const verdict = contact ? mayPress(this.desk, contact, command.do) : { may: false as const, why: 'state' as const };
    if (verdict.may) this.press(command);
    else this.polite = this.m.why[verdict.why];
    return verdict.may;
  }

  setStatus(status: string): void {
    if (mayPressAlone(this.desk, 'set_status').may) this.press({ do: 'set_status', status });
  }

  dismiss(): void {
    this.#take({ kind: 'dismissed' });
  }

  /** The page came to the front or went away: start or stop the ticking, and look whether the network is back. */
  look(): void {
    clearTimeout(this.#tickTimer);
    if (document.visibilityState === 'hidden' || this.token === null) return;
    this.#link?.hurry();
    this.#tick();
  }

  #tick(): void {
    this.ticked = Date.now();
    if (Math.abs(this.nowMs - this.minute) >= MINUTE_MS) this.minute = this.nowMs;
    if (this.desk.presses.length > 0 || this.desk.muteWish !== null) this.#take({ kind: 'passed', atMs: this.ticked });
    // On the full second of the server's clock, so that the timers of both halves turn together.
    const wait = TICK_MS - (((this.nowMs % TICK_MS) + TICK_MS) % TICK_MS);
    this.#tickTimer = setTimeout(() => this.#tick(), wait);
  }

  #hear(event: LinkEvent): void {
    this.#take(event);
    if (this.desk.link === 'signed_out' && this.#link !== null) {
      this.#link.stop();
      this.#link = null;
      settings.token = null;
      const refusal = event.kind === 'message' && event.message.type === 'sign_in_again' ? event.message.reason : '';
      this.signInReason = refusal === 'not_an_agent' ? 'notAgent' : 'expired';
      if (this.contact === null) this.wantsSignIn = true;
    }
    this.drafts.compare(this.desk);
  }

  #take(event: DeskEvent): void {
    const before = this.desk;
    this.desk = step(before, event);
    if (this.desk === before) return;
    if (this.desk.seq !== before.seq) this.ticked = Date.now();
    if (this.desk.desk?.queues !== before.desk?.queues) this.minute = this.nowMs;
    for (const news of newsOf(before, this.desk)) this.#tell(news);
  }

  #tell(news: News): void {
    const { say, notice, queues } = this.m;
    switch (news.what) {
      case 'ringing': {
        const who = news.contact.customer_name || news.contact.customer || this.m.call.unknown;
        this.assertive = say.ringing(who, news.contact.queue ?? queues.heading);
        this.dialog = null;
        this.#notify(who, news.contact.queue ?? '', news.contact.id);
        break;
      }
      case 'ringing_over':
        this.assertive = '';
        break;
      case 'lost':
        this.polite = notice.lost;
        break;
      case 'trouble':
        this.polite = this.notice.text;
        break;
      default:
        this.polite = say[news.what];
    }
    if (news.what === 'wrapup' && (this.dialog === 'transfer' || this.dialog === 'keypad')) this.dialog = null;
  }

  /** A silent notification of the desktop, when the person asked for it and does not look at the page. */
  #notify(who: string, queue: string, contact: string): void {
    if (!settings.notify || document.visibilityState === 'visible') return;
    if (typeof Notification === 'undefined' || Notification.permission !== 'granted') return;
    const shown = new Notification(this.m.titleRinging(who), { body: queue, tag: contact, silent: true });
    shown.onclick = () => {
      window.focus();
      shown.close();
    };
  }
}

export const phone = new Phone();
