// A desk for the unit tests.

import type { CcpMessage, Desk, DeskContact } from '../link/messages';
import { nothingYet, step, type DeskState } from './state';

export function deskWith(...contacts: DeskContact[]): Desk {
  return {
    agent: {
      id: 'a',
      username: 'kim',
      name: 'Kim',
      language: 'en',
      status: 's1',
      activity: 'available',
      since_ms: 0,
      next_status: null,
      routable: true,
      not_routable_why: null,
      auto_accept: false,
    },
    contacts,
    media: {
      path: 'local',
      ready: true,
      state: 'ready',
      device_name: 'PC-114',
      device: 'd',
      quality: null,
      reason: null,
      muted: false,
    },
    queues: [{ id: 'q1', name: '결제', waiting: 2, oldest_ms: 0 }],
    statuses: [
      { id: 's1', name: 'Available', kind: 'ROUTABLE' },
      { id: 's2', name: 'Lunch', kind: 'CUSTOM' },
    ],
    quick_connects: [
      { id: 'k1', name: '검수', kind: 'queue', available: true },
      { id: 'k2', name: '박지훈', kind: 'agent', available: false },
    ],
    dispositions: ['Solved'],
    recent: [],
  };
}

export function contactIn(state: DeskContact['state'], over: Partial<DeskContact> = {}): DeskContact {
  return {
    id: 'c',
    channel: 'VOICE',
    method: 'INBOUND',
    state,
    state_since_ms: 0,
    customer: '010-1234-5678',
    customer_name: '',
    queue: '결제',
    waited_ms: 0,
    deadline_ms: null,
    muted: false,
    mute_pending: false,
    recording: false,
    connected_ms: null,
    note: '',
    disposition: null,
    attributes: {},
    reason: null,
    can: ['mute', 'hold', 'end'],
    ...over,
  };
}

/** A desk that has heard these messages, a second apart. */
export function after(...messages: CcpMessage[]): DeskState {
  return messages.reduce<DeskState>(
    (state, message, i) => step(state, { kind: 'message', message, atMs: i * 1000 }),
    nothingYet,
  );
}

export const snapshot = (desk: Desk, seq = 1): CcpMessage => ({ type: 'snapshot', seq, now_ms: 0, desk });
