// What a shortcut does in the state the desk is in.

import type { Shortcut } from './desk/shortcuts';
import { isLive, phaseOf } from './desk/phase';
import { muteShown } from './desk/state';
import type { Phone } from './phone.svelte';

/** A second press of End within this time is taken for a slip. */
const END_AGAIN_MS = 1000;
let endedMs = -Infinity;

export function perform(phone: Phone, what: Shortcut): void {
  const contact = phone.contact;
  if (what === 'status') {
    document.getElementById('status')?.focus();
    return;
  }
  if (what === 'keypad' && (contact === null || isLive(contact))) {
    phone.dialog = phone.dialog === 'keypad' ? null : 'keypad';
    return;
  }
  if (contact === null) return;
  const id = contact.id;
  switch (what) {
    case 'accept':
    case 'reject':
      phone.pressFor({ do: what, contact: id });
      break;
    case 'mute':
      phone.pressFor({ do: 'mute', contact: id, on: !muteShown(phone.desk, contact).on });
      break;
    case 'hold':
      phone.pressFor({ do: phaseOf(contact) === 'held' ? 'resume' : 'hold', contact: id });
      break;
    case 'transfer':
      if (isLive(contact)) phone.dialog = phone.dialog === 'transfer' ? null : 'transfer';
      break;
    case 'end':
      end(phone, id);
      break;
    case 'finish':
      finish(phone, id);
      break;
  }
}

export function end(phone: Phone, contact: string): void {
  const now = performance.now();
  if (now - endedMs < END_AGAIN_MS) return;
  if (phone.pressFor({ do: 'end', contact })) endedMs = now;
}

/** Finishes after-contact work, or clears a contact that never came to be. The note goes first. */
export function finish(phone: Phone, contact: string): void {
  if (phone.contact !== null && phaseOf(phone.contact) === 'wrapup') {
    if (phone.drafts.unsaved(contact)) phone.drafts.flush(contact);
    phone.pressFor({ do: 'finish_acw', contact });
  } else {
    phone.pressFor({ do: 'clear', contact });
  }
}
