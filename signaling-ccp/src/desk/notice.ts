// The one line that tells what matters most right now. It is always there, so nothing moves when it changes.

import type { CcpMessages, RefusalCode } from '@twinline/messages/ccp.ko';
import type { Command, DeskContact, Refusal } from '../link/messages';
import { foremost, isLive, phaseOf } from './phase';
import type { DeskState, Trouble } from './state';

export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'quiet';
export type Remedy = 'pair' | 'sign_in' | 'dismiss' | 'cancel_next';

export interface Notice {
  tone: Tone;
  text: string;
  remedy: Remedy | null;
}

export function noticeOf(state: DeskState, m: CcpMessages): Notice {
  return aboutLink(state, m) ?? aboutTrouble(state.trouble, m) ?? aboutMedia(state, m) ?? aboutOffers(state, m);
}

function aboutLink({ link, desk }: DeskState, m: CcpMessages): Notice | null {
  const inCall = desk?.contacts.some(isLive) ?? false;
  switch (link) {
    case 'lost':
      return { tone: 'bad', text: inCall ? m.notice.lostInCall : m.notice.lost, remedy: null };
    case 'restarting':
      return { tone: 'warn', text: m.notice.restarting, remedy: null };
    case 'signed_out':
      return { tone: 'bad', text: m.notice.signInAgain, remedy: 'sign_in' };
    case 'opening':
      return desk === null ? { tone: 'quiet', text: m.loading, remedy: null } : null;
    case 'up':
      return null;
  }
}

function aboutTrouble(trouble: Trouble | null, m: CcpMessages): Notice | null {
  if (trouble === null) return null;
  const text = troubleText(trouble, m);
  return { tone: 'bad', text, remedy: 'dismiss' };
}

function troubleText({ what, off, error }: Trouble, m: CcpMessages): string {
  if (error !== null) return m.notice.refused(nameOf(what, off, m), refusalText(error, m));
  if (what === 'mute') return off ? m.notice.unmuteUnconfirmed : m.notice.muteUnconfirmed;
  return m.notice.unconfirmed(nameOf(what, off, m));
}

/** Our own words for a refusal; the server's for a code that we have none for. */
export function refusalText(error: Refusal, m: CcpMessages): string {
  if (Object.hasOwn(m.refusal, error.code)) return m.refusal[error.code as RefusalCode];
  return [error.message, error.remedy].filter(Boolean).join(' ');
}

function nameOf(what: Command['do'], off: boolean, m: CcpMessages): string {
  switch (what) {
    case 'set_status':
      return m.act.setStatus;
    case 'cancel_next_status':
      return m.act.cancelNext;
    case 'mute':
      return off ? m.act.unmute : m.act.mute;
    case 'send_digits':
      return m.act.digits;
    case 'dial':
      return m.act.call;
    case 'transfer_to_number':
    case 'transfer_to_agent':
    case 'transfer_to_queue':
    case 'transfer_to_quick_connect':
      return m.act.transfer;
    case 'finish_acw':
      return m.act.finish;
    case 'extend_acw':
      return m.act.extend;
    case 'set_note':
      return m.act.note;
    case 'set_disposition':
      return m.act.disposition;
    case 'sign_out':
      return m.act.signOut;
    default:
      return m.act[what];
  }
}

function aboutMedia({ desk }: DeskState, m: CcpMessages): Notice | null {
  if (desk === null) return null;
  const { media, contacts } = desk;
  const device = media.device_name ?? 'PC';
  const inCall = contacts.some(isLive);
  if (media.state === 'unpaired' && media.path !== 'session' && media.path !== 'phone') {
    return { tone: 'bad', text: m.notice.unpaired, remedy: 'pair' };
  }
  if (media.state === 'offline') {
    const text = inCall ? m.notice.mediaOfflineInCall(device) : m.notice.mediaOffline(device);
    return { tone: 'bad', text, remedy: null };
  }
  if (!media.ready && contacts.length === 0) {
    const known = m.notice.mediaReason as Record<string, string>;
    const reason = media.reason ?? '';
    return { tone: 'bad', text: m.notice.mediaNotReady(known[reason] ?? reason), remedy: null };
  }
  if (inCall && media.quality === 'poor') return { tone: 'warn', text: m.notice.poor, remedy: null };
  if (media.path === 'session') return { tone: 'warn', text: m.notice.session, remedy: null };
  return null;
}

function aboutContact(contact: DeskContact, m: CcpMessages): Notice {
  switch (phaseOf(contact)) {
    case 'ringing':
      return { tone: 'quiet', text: m.notice.ringing, remedy: null };
    case 'setup':
      return { tone: 'info', text: contact.method === 'OUTBOUND' ? m.call.calling : m.call.connecting, remedy: null };
    case 'held':
      // What cannot be resumed was not put on hold by anybody: the agent's audio went away.
      if (!contact.can.includes('resume')) return { tone: 'bad', text: m.call.interrupted, remedy: null };
      return { tone: 'warn', text: m.call.held, remedy: null };
    case 'wrapup':
      return { tone: 'quiet', text: m.notice.wrapup, remedy: null };
    default:
      return { tone: 'quiet', text: '', remedy: null };
  }
}

function aboutOffers({ desk }: DeskState, m: CcpMessages): Notice {
  if (desk === null) return { tone: 'quiet', text: m.loading, remedy: null };
  const { agent, statuses, contacts } = desk;
  const next = statuses.find((status) => status.id === agent.next_status);
  if (next !== undefined) return { tone: 'info', text: m.status.next(next.name), remedy: 'cancel_next' };
  const contact = foremost(contacts);
  if (contact !== null && isLive(contact) && contact.muted) return { tone: 'bad', text: m.notice.muted, remedy: null };
  if (contact !== null) return aboutContact(contact, m);
  if (agent.routable) return { tone: 'quiet', text: m.notice.ready, remedy: null };
  const kind = statuses.find((status) => status.id === agent.status)?.kind;
  if (agent.not_routable_why === 'no_profile' || agent.not_routable_why === 'no_slots') {
    return { tone: 'warn', text: m.notice.noProfile, remedy: null };
  }
  if (kind === 'OFFLINE') return { tone: 'quiet', text: m.notice.offline, remedy: null };
  if (kind === 'CUSTOM') return { tone: 'quiet', text: m.notice.away, remedy: null };
  return { tone: 'warn', text: m.notice.notRoutable, remedy: null };
}
