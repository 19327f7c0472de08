// The desk as this page knows it: one pure function of (state, event). The server owns every call, status and timer;
// here is only its last word, what was pressed and not yet answered, and how old that word is.

import type { Press } from '../link/link';
import type { CcpMessage, Command, CommandName, Desk, DeskContact, Refusal } from '../link/messages';
import { isLive } from './phase';

export type LinkState = 'opening' | 'up' | 'lost' | 'restarting' | 'signed_out';

/** A press that was not carried out, or that nobody confirmed. */
export interface Trouble {
  what: CommandName;
  /** True for `unmute`, where the words differ. */
  off: boolean;
  error: Refusal | null;
}

/** Mute was pressed; shown as wanted until the endpoint confirms it or does not. */
export interface MuteWish {
  contact: string;
  on: boolean;
  id: string;
  atMs: number;
  /** The server has passed it on to the endpoint. */
  underWay: boolean;
}

export interface DeskState {
  link: LinkState;
  desk: Desk | null;
  seq: number | null;
  /** Server clock minus page clock. */
  offsetMs: number | null;
  /** When the server was last heard, by the page's clock. */
  heardMs: number | null;
  presses: readonly Press[];
  muteWish: MuteWish | null;
  trouble: Trouble | null;
}

export type DeskEvent =
  | { kind: 'opened'; atMs: number }
  | { kind: 'lost'; atMs: number }
  | { kind: 'message'; message: CcpMessage; atMs: number }
  | { kind: 'pressed'; press: Press }
  | { kind: 'passed'; atMs: number }
  | { kind: 'dismissed' };

export const PRESS_LIMIT_MS = 30_000;
export const MUTE_LIMIT_MS = 3_000;
const MOST_PRESSES = 64;

export const nothingYet: DeskState = {
  link: 'opening',
  desk: null,
  seq: null,
  offsetMs: null,
  heardMs: null,
  presses: [],
  muteWish: null,
  trouble: null,
};

export function step(state: DeskState, event: DeskEvent): DeskState {
  switch (event.kind) {
    case 'opened':
      return { ...state, link: state.desk === null ? 'opening' : state.link };
    case 'lost':
      return { ...state, link: state.link === 'restarting' || state.link === 'signed_out' ? state.link : 'lost' };
    case 'message':
      return hear(state, event.message, event.atMs);
    case 'pressed':
      return press(state, event.press);
    case 'passed':
      return grow(state, event.atMs);
    case 'dismissed':
      return { ...state, trouble: null };
  }
}

function hear(state: DeskState, message: CcpMessage, atMs: number): DeskState {
  switch (message.type) {
    case 'snapshot':
      return settle({ ...known(state, message.now_ms, atMs), desk: message.desk, seq: message.seq });
    case 'change': {
      // A change without what it changes is of no use; one that was seen already comes again after a reconnect.
      if (state.desk === null || state.seq === null) return state;
      const heard = known(state, message.now_ms, atMs);
      if (message.seq <= state.seq) return heard;
      return settle({ ...heard, desk: { ...state.desk, ...message.desk }, seq: message.seq });
    }
    case 'done':
      return { ...state, heardMs: atMs, presses: without(state.presses, message.id) };
    case 'refused':
      return refused({ ...state, heardMs: atMs }, message.id, message.error);
    case 'sign_in_again':
      return { ...state, link: 'signed_out', presses: [], muteWish: null };
    case 'restarting':
      return { ...state, link: 'restarting', heardMs: atMs };
    case 'pong':
      return known(state, message.now_ms, atMs);
    default:
      return state;
  }
}

/** The server spoke: the link is up, and its clock is known a little better. The shortest way gives the best offset. */
function known(state: DeskState, nowMs: number, atMs: number): DeskState {
  const offset = nowMs - atMs;
  const old = state.offsetMs;
  const keep = old !== null && offset <= old && old - offset < 2_000;
  return { ...state, link: 'up', heardMs: atMs, offsetMs: keep ? old : offset };
}

function press(state: DeskState, made: Press): DeskState {
  const presses = [...state.presses, made].slice(-MOST_PRESSES);
  const trouble = made.command.do === 'set_note' ? state.trouble : null;
  if (made.command.do !== 'mute') return { ...state, presses, trouble };
  const { contact, on } = made.command;
  return { ...state, presses, trouble, muteWish: { contact, on, id: made.id, atMs: made.atMs, underWay: false } };
}

function refused(state: DeskState, id: string, error: Refusal): DeskState {
  const made = state.presses.find((other) => other.id === id);
  const presses = without(state.presses, id);
  const muteWish = state.muteWish?.id === id ? null : state.muteWish;
  if (made === undefined) return { ...state, presses, muteWish };
  return { ...state, presses, muteWish, trouble: troubleOf(made.command, error) };
}

/** After every word of the server: is the wished mute there, or will it not come? */
function settle(state: DeskState): DeskState {
  const wish = state.muteWish;
  if (wish === null) return state;
  const contact = state.desk?.contacts.find((other) => other.id === wish.contact);
  if (contact === undefined || !isLive(contact)) return { ...state, muteWish: null };
  if (contact.mute_pending) return { ...state, muteWish: { ...wish, underWay: true } };
  if (contact.muted === wish.on) return { ...state, muteWish: null };
  if (!wish.underWay) return state;
  return { ...state, muteWish: null, trouble: { what: 'mute', off: !wish.on, error: null } };
}

/** Time passed: presses that nobody answers are given up, loudly. A note is written again by its own panel. */
function grow(state: DeskState, atMs: number): DeskState {
  let next = state;
  const old = state.presses.find((made) => atMs - made.atMs > PRESS_LIMIT_MS);
  if (old !== undefined) {
    const trouble = old.command.do === 'set_note' ? state.trouble : troubleOf(old.command, null);
    next = { ...next, presses: without(state.presses, old.id), trouble };
  }
  const wish = next.muteWish;
  if (wish !== null && atMs - wish.atMs > MUTE_LIMIT_MS && next.link === 'up') {
    next = { ...next, muteWish: null, trouble: { what: 'mute', off: !wish.on, error: null } };
  }
  return next;
}

function troubleOf(command: Command, error: Refusal | null): Trouble {
  return { what: command.do, off: command.do === 'mute' && !command.on, error };
}

function without(presses: readonly Press[], id: string): readonly Press[] {
  return presses.filter((made) => made.id !== id);
}

// ---- what the panels ask

/** Is such a press still unanswered? */
export function isPending(state: DeskState, what: CommandName, contact?: string): boolean {
  return state.presses.some(
    ({ command }) => command.do === what && (contact === undefined || !('contact' in command) || command.contact === contact),
  );
}

/** Mute as it is shown: the wish while it is under way, else the word of the server. */
export function muteShown(state: DeskState, contact: DeskContact): { on: boolean; pending: boolean } {
  const wish = state.muteWish;
  if (wish?.contact === contact.id) return { on: wish.on, pending: true };
  return { on: contact.muted, pending: contact.mute_pending };
}
