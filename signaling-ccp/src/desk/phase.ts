// The phase of a contact as the page draws it. The published state alone does not tell: a call that rings and one that
// is being set up are both CONNECTING, and differ in what may be done.

import type { CommandName, ContactState, DeskContact } from '../link/messages';

export type Phase = 'ringing' | 'setup' | 'talking' | 'held' | 'gone' | 'wrapup';

const phases: Readonly<Record<ContactState, Phase>> = {
  INCOMING: 'ringing',
  PENDING: 'setup',
  CONNECTING: 'setup',
  CONNECTED: 'talking',
  CONNECTED_ONHOLD: 'held',
  MISSED: 'gone',
  REJECTED: 'gone',
  ERROR: 'gone',
  ENDED: 'wrapup',
};

export function phaseOf(contact: DeskContact): Phase {
  const phase = phases[contact.state] ?? 'gone';
  return phase === 'setup' && contact.can.includes('accept') ? 'ringing' : phase;
}

/** Both sides are there, heard or on hold. */
export function isLive(contact: DeskContact): boolean {
  const phase = phaseOf(contact);
  return phase === 'talking' || phase === 'held';
}

const talking: readonly CommandName[] = [
  'mute',
  'hold',
  'resume',
  'end',
  'send_digits',
  'transfer_to_number',
  'transfer_to_agent',
  'transfer_to_queue',
  'transfer_to_quick_connect',
  'set_note',
  'set_disposition',
];

/** What the panel of each phase has a place for. The contract test holds it against the core's table. */
export const offered: Readonly<Record<Phase, readonly CommandName[]>> = {
  ringing: ['accept', 'reject'],
  setup: ['end', 'set_note'],
  talking,
  held: talking,
  gone: ['clear'],
  wrapup: ['finish_acw', 'extend_acw', 'set_note', 'set_disposition'],
};

const urgency: readonly Phase[] = ['ringing', 'talking', 'held', 'setup', 'gone', 'wrapup'];

/** The contact that the page is about: the most urgent one. */
export function foremost(contacts: readonly DeskContact[]): DeskContact | null {
  return [...contacts].sort((a, b) => urgency.indexOf(phaseOf(a)) - urgency.indexOf(phaseOf(b)))[0] ?? null;
}
