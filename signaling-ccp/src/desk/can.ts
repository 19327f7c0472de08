// Which buttons belong to which state of a contact, and whether one may be pressed now. The server says what makes
// sense (`contact.can`); the page never hides a button for it, it disables it with the reason.

import type { CommandName, DeskContact } from '../link/messages';
import { isPending, type DeskState } from './state';

export type Why = 'lost' | 'state' | 'pending';
export type Verdict = { may: true; why: null } | { may: false; why: Why };

const yes: Verdict = { may: true, why: null };
const no = (why: Why): Verdict => ({ may: false, why });

/** May this be pressed for this contact now? */
export function mayPress(state: DeskState, contact: DeskContact, what: CommandName): Verdict {
  if (state.link !== 'up') return no('lost');
  if (isPending(state, what, contact.id)) return no('pending');
  return contact.can.includes(what) ? yes : no('state');
}

/** May this be pressed that belongs to no contact? */
export function mayPressAlone(state: DeskState, what: CommandName): Verdict {
  if (state.link !== 'up') return no('lost');
  return isPending(state, what) ? no('pending') : yes;
}

export type DialWhy = Why | 'noNumber' | 'busy' | 'noMedia';

/** May a call be made to what is typed? */
export function mayDial(state: DeskState, number: string): { may: boolean; why: DialWhy | null } {
  const alone = mayPressAlone(state, 'dial');
  if (!alone.may) return alone;
  if (state.desk === null) return { may: false, why: 'lost' };
  if (state.desk.contacts.length > 0) return { may: false, why: 'busy' };
  if (!state.desk.media.ready) return { may: false, why: 'noMedia' };
  return looksLikeNumber(number) ? { may: true, why: null } : { may: false, why: 'noNumber' };
}

/** Digits with the usual punctuation, two at least: what can be dialled. The server has the last word. */
export function looksLikeNumber(text: string): boolean {
  return /^\+?[0-9*#][0-9*#().\s-]*$/.test(text.trim()) && text.replace(/[^0-9*#]/g, '').length >= 2;
}
