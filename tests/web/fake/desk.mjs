// A desk as the floor would keep it, small enough for the tests of the pages: it answers presses in a believable way,
// and tests put it into any state.

/** @typedef {import('../../../signaling-ccp/src/link/messages').Desk} Desk */
/** @typedef {import('../../../signaling-ccp/src/link/messages').DeskContact} DeskContact */
/** @typedef {import('../../../signaling-ccp/src/link/messages').Command} Command */
/** @typedef {import('../../../signaling-ccp/src/link/messages').Refusal} Refusal */

export const ids = {
  available: '11111111-0000-4000-8000-000000000001',
  lunch: '11111111-0000-4000-8000-000000000002',
  training: '11111111-0000-4000-8000-000000000003',
  offline: '11111111-0000-4000-8000-000000000004',
  billing: '22222222-0000-4000-8000-000000000001',
  support: '22222222-0000-4000-8000-000000000002',
  quickNumber: '33333333-0000-4000-8000-000000000001',
  quickAgent: '33333333-0000-4000-8000-000000000002',
  quickAway: '33333333-0000-4000-8000-000000000003',
  quickQueue: '33333333-0000-4000-8000-000000000004',
  contact: '44444444-0000-4000-8000-000000000001',
  device: '55555555-0000-4000-8000-000000000001',
};

const talking = ['mute', 'end', 'send_digits', 'transfer_to_number', 'transfer_to_agent', 'transfer_to_queue'];
/** @type {Record<string, string[]>} */
const can = {
  INCOMING: ['accept', 'reject'],
  CONNECTING: ['end', 'set_note'],
  CONNECTED: [...talking, 'transfer_to_quick_connect', 'hold', 'set_note', 'set_disposition'],
  CONNECTED_ONHOLD: [
    'mute',
    'resume',
    'end',
    'transfer_to_number',
    'transfer_to_queue',
    'transfer_to_quick_connect',
    'set_note',
    'set_disposition',
  ],
  MISSED: ['clear'],
  REJECTED: ['clear'],
  ERROR: ['clear'],
  ENDED: ['finish_acw', 'extend_acw', 'set_note', 'set_disposition'],
};

/** A desk without a contact, as after signing in on a paired desktop. @param {string} language @returns {Desk} */
export function idleDesk(language) {
  const ko = language === 'ko';
  const now = Date.now();
  return {
    agent: {
      id: '66666666-0000-4000-8000-000000000001',
      username: 'kim',
      name: ko ? '김서연' : 'Seoyeon Kim',
      language,
      status: ids.available,
      activity: 'available',
      since_ms: now - 12_000,
      next_status: null,
      routable: true,
      not_routable_why: null,
      auto_accept: false,
    },
    contacts: [],
    media: {
      path: 'local',
      ready: true,
      state: 'ready',
      device_name: 'PC-114',
      device: ids.device,
      quality: null,
      reason: null,
      muted: false,
    },
    queues: [
      { id: ids.billing, name: ko ? '결제' : 'Billing', waiting: 3, oldest_ms: now - 161_000 },
      { id: ids.support, name: ko ? '기술 지원' : 'Support', waiting: 0, oldest_ms: null },
    ],
    statuses: [
      { id: ids.available, name: ko ? '수신 가능' : 'Available', kind: 'ROUTABLE' },
      { id: ids.lunch, name: ko ? '점심' : 'Lunch', kind: 'CUSTOM' },
      { id: ids.training, name: ko ? '교육' : 'Training', kind: 'CUSTOM' },
      { id: ids.offline, name: ko ? '오프라인' : 'Offline', kind: 'OFFLINE' },
    ],
    quick_connects: [
      { id: ids.quickNumber, name: ko ? '야간 당직' : 'Night desk', kind: 'phone_number', available: true },
      { id: ids.quickAgent, name: ko ? '박지훈' : 'Jihun Park', kind: 'agent', available: true },
      { id: ids.quickAway, name: ko ? '이수민' : 'Sumin Lee', kind: 'agent', available: false },
      { id: ids.quickQueue, name: ko ? '검수' : 'Review', kind: 'queue', available: true },
    ],
    dispositions: ko ? ['문의 해결', '환불 접수', '재연락 필요', '오인 전화'] : ['Solved', 'Refund', 'Call back', 'Wrong number'],
    recent: [
      {
        contact: 'a',
        customer: '010-2345-6789',
        queue: ko ? '결제' : 'Billing',
        at_ms: now - 1_900_000,
        method: 'INBOUND',
        outcome: 'handled',
      },
      { contact: 'b', customer: '02-555-0199', queue: null, at_ms: now - 3_400_000, method: 'OUTBOUND', outcome: 'failed' },
      {
        contact: 'c',
        customer: '010-9876-1234',
        queue: ko ? '결제' : 'Billing',
        at_ms: now - 5_200_000,
        method: 'INBOUND',
        outcome: 'missed',
      },
    ],
  };
}

/** @param {string} language @param {Partial<DeskContact>} over @returns {DeskContact} */
export function contactOf(language, over = {}) {
  const ko = language === 'ko';
  const state = over.state ?? 'INCOMING';
  const now = Date.now();
  return {
    id: ids.contact,
    channel: 'VOICE',
    method: 'INBOUND',
    state,
    state_since_ms: now,
    customer: '010-1234-5678',
    customer_name: ko ? '김재원' : 'Jaewon Kim',
    queue: ko ? '결제' : 'Billing',
    waited_ms: 102_000,
    deadline_ms: state === 'INCOMING' ? now + 20_000 : state === 'ENDED' ? now + 60_000 : null,
    muted: false,
    mute_pending: false,
    recording: state === 'CONNECTED' || state === 'CONNECTED_ONHOLD',
    connected_ms: state === 'INCOMING' ? null : now,
    note: '',
    disposition: null,
    attributes: ko ? { 등급: 'VIP', 메뉴: '환불', 주문: 'A-20931' } : { tier: 'VIP', menu: 'Refund', order: 'A-20931' },
    reason: null,
    can: can[state] ?? [],
    ...over,
  };
}

/** @type {Record<string, Desk['agent']['activity']>} */
const activities = {
  INCOMING: 'incoming',
  CONNECTING: 'connecting',
  CONNECTED: 'connected',
  CONNECTED_ONHOLD: 'hold',
  MISSED: 'missed',
  REJECTED: 'rejected',
  ERROR: 'error',
  ENDED: 'acw',
};

/** @type {Record<string, Desk['media']['state']>} */
const mediaStates = { INCOMING: 'ringing', CONNECTING: 'connecting', CONNECTED: 'live', CONNECTED_ONHOLD: 'live' };

/**
 * The parts of a desk that follow from its contact.
 * @param {Desk} desk @param {DeskContact | null} contact @returns {Pick<Desk, 'agent' | 'contacts' | 'media'>}
 */
export function withContact(desk, contact) {
  if (contact === null) {
    const kind = desk.statuses.find((status) => status.id === desk.agent.status)?.kind;
    /** @type {Desk['agent']['activity']} */
    const activity = kind === 'ROUTABLE' ? 'available' : kind === 'CUSTOM' ? 'custom' : 'offline';
    const agent = { ...desk.agent, activity, since_ms: Date.now(), routable: activity === 'available' };
    /** @type {Desk['media']} */
    const media = { ...desk.media, state: desk.media.device === null ? 'unpaired' : 'ready', quality: null };
    return { agent, contacts: [], media };
  }
  const state = contact.state;
  const agent = { ...desk.agent, activity: activities[state] ?? 'error', routable: false, not_routable_why: 'busy' };
  const live = state === 'CONNECTED' || state === 'CONNECTED_ONHOLD';
  /** @type {Desk['media']} */
  const media = { ...desk.media, state: mediaStates[state] ?? 'ready', quality: live ? 'good' : null, muted: contact.muted };
  return { agent: { ...agent, since_ms: contact.state_since_ms }, contacts: [contact], media };
}

/**
 * What a press does. The desk is changed through `apply`, at once or after a little time as on a real endpoint.
 * @param {import('./server.mjs').Fake} fake @param {Command} command @returns {Refusal | null}
 */
export function carryOut(fake, command) {
  const desk = fake.desk;
  const contact = 'contact' in command ? desk.contacts.find((one) => one.id === command.contact) : undefined;
  if ('contact' in command) {
    if (contact === undefined) return { code: 'no_such_contact', message: 'no such contact' };
    if (!contact.can.includes(command.do)) return { code: 'not_now', message: 'not in this state' };
  }
  switch (command.do) {
    case 'set_status':
      if (desk.contacts.length > 0) fake.change({ agent: { ...desk.agent, next_status: command.status } });
      else fake.setContact(null, { agent: { ...desk.agent, status: command.status } });
      return null;
    case 'cancel_next_status':
      fake.change({ agent: { ...desk.agent, next_status: null } });
      return null;
    case 'pair':
      if (command.code !== '123456') return { code: 'invalid_code', message: 'no media agent shows this code' };
      fake.change({ media: { ...desk.media, state: 'ready', ready: true, device: ids.device, device_name: 'PC-114', path: 'local' } });
      return null;
    case 'unpair':
      fake.change({ media: { ...desk.media, state: 'unpaired', ready: false, device: null, device_name: null, path: 'none' } });
      return null;
    case 'dial':
      if (command.number.startsWith('060')) return { code: 'number_not_allowed', message: 'not allowed' };
      fake.to('CONNECTING', { customer: command.number, customer_name: '', method: 'OUTBOUND', waited_ms: 0, attributes: {} });
      fake.later(300, () => fake.to('CONNECTED', { connected_ms: Date.now() }));
      return null;
    case 'sign_out':
      return null;
    default:
      return onContact(fake, command);
  }
}

/**
 * @param {import('./server.mjs').Fake} fake
 * @param {Extract<Command, { contact: string }>} command @returns {Refusal | null}
 */
function onContact(fake, command) {
  switch (command.do) {
    case 'accept':
      fake.to('CONNECTING');
      fake.later(120, () => fake.to('CONNECTED', { connected_ms: Date.now() }));
      return null;
    case 'reject':
      fake.to('REJECTED', { reason: 'rejected' });
      return null;
    case 'mute': {
      const { on } = command;
      fake.edit({ mute_pending: true });
      if (fake.endpointConfirms) fake.later(120, () => fake.edit({ mute_pending: false, muted: on }));
      else fake.later(200, () => fake.edit({ mute_pending: false }));
      return null;
    }
    case 'hold':
      fake.to('CONNECTED_ONHOLD');
      return null;
    case 'resume':
      fake.to('CONNECTED');
      return null;
    case 'end':
    case 'transfer_to_agent':
    case 'transfer_to_queue':
    case 'transfer_to_quick_connect':
    case 'transfer_to_number':
      fake.to('ENDED');
      return null;
    case 'extend_acw': {
      const { seconds } = command;
      fake.edit((contact) => ({ deadline_ms: (contact.deadline_ms ?? Date.now()) + seconds * 1000 }));
      return null;
    }
    case 'set_note':
      fake.edit({ note: command.note });
      return null;
    case 'set_disposition':
      fake.edit({ disposition: command.code });
      return null;
    case 'finish_acw':
    case 'clear': {
      const { agent } = fake.desk;
      const status = agent.next_status ?? agent.status;
      fake.setContact(null, { agent: { ...agent, status, next_status: null } });
      return null;
    }
    case 'send_digits':
      return null;
  }
}

export { can };
