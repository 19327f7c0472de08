// The one time that runs on the page. Only one, because what changes far apart repaints everything between.

import type { CcpMessages } from '@twinline/messages/ccp.ko';
import type { DeskContact } from '../link/messages';
import { phaseOf } from './phase';
import type { DeskState } from './state';
import { clock, secondsLeft } from './time';

export interface RunningTime {
  text: string;
  label: string;
}

/** `nowMs` is the server's clock, `pageMs` the page's own. */
export function runningTime(
  state: DeskState,
  contact: DeskContact | null,
  nowMs: number,
  pageMs: number,
  m: CcpMessages,
): RunningTime {
  if (state.link !== 'up' && state.heardMs !== null) {
    return { text: m.status.ago(clock(pageMs - state.heardMs)), label: m.status.age };
  }
  if (contact !== null) return timeOfContact(contact, nowMs, m);
  const agent = state.desk?.agent;
  if (agent === undefined || agent.activity === 'offline') return { text: '', label: m.status.since };
  return { text: clock(nowMs - agent.since_ms), label: m.status.since };
}

function timeOfContact(contact: DeskContact, nowMs: number, m: CcpMessages): RunningTime {
  const since = { text: clock(nowMs - contact.state_since_ms), label: m.status.since };
  const deadline = contact.deadline_ms;
  switch (phaseOf(contact)) {
    case 'ringing':
      if (deadline === null) return since;
      return { text: m.status.left(m.unit.seconds(secondsLeft(deadline, nowMs))), label: m.status.remaining };
    case 'talking':
      return { text: clock(nowMs - (contact.connected_ms ?? contact.state_since_ms)), label: m.status.since };
    case 'wrapup':
      if (deadline === null) return since;
      return { text: m.status.left(clock(secondsLeft(deadline, nowMs) * 1000)), label: m.status.remaining };
    default:
      return since;
  }
}
