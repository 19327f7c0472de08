// The REST side of the fake: a small centre with a day's contacts, enough for every room of the console.

import { randomUUID } from 'node:crypto';

/** @typedef {import('../../../server/web/api/client').Schemas} Schemas */
/** @typedef {{ status: number, body?: unknown, type?: string, bytes?: Buffer, headers?: Record<string, string> }} Reply */

/** @param {number} kind @param {number} n */
const id = (kind, n) => `${String(kind).padStart(8, '0')}-0000-4000-8000-${String(n).padStart(12, '0')}`;
/** @param {string} kind @param {string} of */
const arn = (kind, of) => `arn:twinline:connect:local:000000000001:instance/${id(9, 1)}/${kind}/${of}`;
const DAY_START = Date.parse('2026-11-20T00:12:00Z');

const flow = {
  Version: '2019-10-30',
  StartAction: 'greet',
  Actions: [
    {
      Identifier: 'greet',
      Type: 'MessageParticipant',
      Parameters: { Text: '안녕하세요. 트윈라인입니다.' },
      Transitions: { NextAction: 'record', Errors: [{ ErrorType: 'NoMatchingError', NextAction: 'record' }] },
    },
    {
      Identifier: 'record',
      Type: 'UpdateContactRecordingBehavior',
      Parameters: { RecordingBehavior: { RecordedParticipants: ['Agent', 'Customer'] } },
      Transitions: { NextAction: 'menu' },
    },
    {
      Identifier: 'menu',
      Type: 'GetParticipantInput',
      Parameters: { Text: '결제는 1번, 기술 지원은 2번', InputTimeLimitSeconds: '5', StoreInput: 'False' },
      Transitions: {
        NextAction: 'bye',
        Conditions: [
          { NextAction: 'billing', Condition: { Operator: 'Equals', Operands: ['1'] } },
          { NextAction: 'support', Condition: { Operator: 'Equals', Operands: ['2'] } },
        ],
        Errors: [
          { ErrorType: 'InputTimeLimitExceeded', NextAction: 'menu' },
          { ErrorType: 'NoMatchingCondition', NextAction: 'menu' },
          { ErrorType: 'NoMatchingError', NextAction: 'bye' },
        ],
      },
    },
    {
      Identifier: 'billing',
      Type: 'UpdateContactTargetQueue',
      Parameters: { QueueId: id(2, 1) },
      Transitions: { NextAction: 'wait', Errors: [{ ErrorType: 'NoMatchingError', NextAction: 'bye' }] },
    },
    {
      Identifier: 'support',
      Type: 'UpdateContactTargetQueue',
      Parameters: { QueueId: id(2, 2) },
      Transitions: { NextAction: 'wait', Errors: [{ ErrorType: 'NoMatchingError', NextAction: 'bye' }] },
    },
    {
      Identifier: 'wait',
      Type: 'TransferContactToQueue',
      Transitions: {
        NextAction: 'bye',
        Errors: [
          { ErrorType: 'QueueAtCapacity', NextAction: 'bye' },
          { ErrorType: 'NoMatchingError', NextAction: 'bye' },
        ],
      },
    },
    { Identifier: 'bye', Type: 'DisconnectParticipant' },
    { Identifier: 'old prompt', Type: 'MessageParticipant', Parameters: { Text: '…' }, Transitions: { NextAction: 'bye' } },
  ],
};

export class Centre {
  /** Roles of whoever signs in. @type {Schemas['Role'][]} */
  roles = ['admin', 'supervisor'];
  signedIn = true;
  /** False: /api/v1/live is not answered. */
  answering = true;
  /** @type {{ method: string, path: string, body: any }[]} */
  edits = [];

  /** @param {string} language */
  constructor(language) {
    const ko = language === 'ko';
    this.language = language;
    /** @param {string} of @param {number} kind @param {number} n @param {object} rest */
    const stored = (of, kind, n, rest) => ({ id: id(kind, n), arn: arn(of, id(kind, n)), version: 1, ...rest });
    const queueRest = { max_contacts: null, outbound_caller_id: null, quick_connects: [], ring_timeout_s: 20 };
    this.queues = [
      stored('queue', 2, 1, { name: ko ? '결제' : 'Billing', description: ko ? '결제와 환불' : 'Payments', hours: id(5, 1), service_level_s: 20, ...queueRest }),
      stored('queue', 2, 2, { name: ko ? '기술 지원' : 'Support', description: '', hours: null, service_level_s: 60, ...queueRest, max_contacts: 50 }),
    ];
    this.hours = [stored('operating-hours', 5, 1, { name: ko ? '평일 9–18시' : 'Weekdays 9–18', time_zone: 'Asia/Seoul', open: [] })];
    this.routing_profiles = [stored('routing-profile', 6, 1, { name: ko ? '전체' : 'All queues', queues: [], voice_slots: 1 })];
    const person = { routing_profile: null, auto_accept: false, acw_limit_s: 60, language, desk_phone: null };
    this.users = [
      stored('agent', 1, 1, { username: 'kim', first_name: '서연', last_name: '김', roles: ['agent'], ...person, routing_profile: id(6, 1) }),
      stored('agent', 1, 2, { username: 'park', first_name: '지훈', last_name: '박', roles: ['agent', 'supervisor'], ...person, routing_profile: id(6, 1) }),
      stored('agent', 1, 3, { username: 'lee', first_name: '수민', last_name: '이', roles: ['agent'], ...person }),
      stored('agent', 1, 4, { username: 'admin', first_name: '', last_name: ko ? '관리자' : 'Admin', roles: ['admin'], ...person }),
    ];
    this.flows = [
      stored('contact-flow', 3, 1, { name: ko ? '대표 번호' : 'Main line', description: ko ? '인사, 메뉴, 대기열' : 'Greeting, menu, queues', kind: 'CONTACT_FLOW', content: flow }),
      stored('contact-flow', 3, 2, { name: ko ? '대기 음악' : 'Queue music', description: '', kind: 'CUSTOMER_QUEUE', content: { Version: '2019-10-30', StartAction: 'a', Actions: [{ Identifier: 'a', Type: 'EndFlowExecution' }] } }),
    ];
    this.numbers = [
      stored('phone-number', 4, 1, { number: '02-6000-0001', description: ko ? '대표' : 'Main', flow: id(3, 1) }),
      stored('phone-number', 4, 2, { number: '02-6000-0002', description: '', flow: null }),
    ];
    this.contacts = Array.from({ length: 64 }, (_, n) => contact(n, ko));
  }

  /** @returns {Schemas['LiveView']} */
  live() {
    const now = Date.now();
    const [billing, support] = this.queues;
    const counts = { agents_online: 3, agents_staffed: 2, agents_available: 1 };
    const [name, queue] = [/** @type {any} */ (billing).name, billing?.id ?? ''];
    const contact = { channel: 'VOICE', method: 'INBOUND', queue, agent: null, initiated_ms: now - 300_000 };
    /** @param {number} n @param {string} customer @param {number} waited ms */
    const waits = (n, customer, waited) => {
      const since = now - waited;
      return { ...contact, id: id(7, n), state: 'queued', customer, customer_name: '', since_ms: since, enqueued_ms: since };
    };
    const talks = { ...waits(0, '010-1234-5678', 271_000), id: id(8, 0), state: 'connected', agent: id(1, 1) };
    const agent = { path: /** @type {const} */ ('local'), media_ready: true, routable: true, contacts: [] };
    const lunch = this.language === 'ko' ? '점심' : 'Lunch';
    return {
      as_of_ms: now,
      contacts_total: 6,
      queues: [
        { id: queue, name, waiting: 3, oldest_ms: now - 161_000, ...counts, handled: 112, abandoned: 9, within_service_level: 78 },
        { id: support?.id ?? '', name: /** @type {any} */ (support).name, waiting: 0, oldest_ms: null, ...counts, handled: 40, abandoned: 1, within_service_level: 39 },
      ],
      contacts: [talks, waits(1, '010-2233-4455', 161_000), waits(2, '02-777-8899', 31_000), waits(3, '010-5566-7788', 9_000)],
      agents: [
        { ...agent, id: id(1, 1), name: '김서연', username: 'kim', status_name: 'Available', activity: 'connected', since_ms: now - 271_000, contacts: [id(8, 0)], device_name: 'PC-114' },
        { ...agent, id: id(1, 2), name: '박지훈', username: 'park', status_name: 'Available', activity: 'available', since_ms: now - 12_000, device_name: 'PC-087' },
        { ...agent, id: id(1, 3), name: '이수민', username: 'lee', status_name: lunch, activity: 'custom', since_ms: now - 1_500_000, device_name: null, media_ready: false, path: 'none' },
      ],
    };
  }

  /**
   * @param {string} method @param {URL} url @param {Record<string, string | string[] | undefined>} headers @param {any} body
   * @returns {Reply | null} null: not of this side
   */
  answer(method, url, headers, body) {
    const [, , , noun, one, part] = url.pathname.split('/');
    if (noun === 'session') return this.session(method, body);
    if (!this.signedIn) return refusal(401, 'not_signed_in', 'Sign in first.');
    if (noun === 'live') return this.answering ? { status: 200, body: this.live() } : refusal(503, 'restarting', 'The server is restarting.');
    if (noun === 'contacts') return this.contact(one, part, url);
    if (noun === 'recordings') return recording(part);
    const list = /** @type {Record<string, any[]>} */ (/** @type {unknown} */ (this))[noun ?? ''];
    if (!Array.isArray(list) || noun === 'edits' || noun === 'roles') return null;
    return this.noun(list, method, one, headers, body, url.pathname);
  }

  /** @param {string} method @param {any} body @returns {Reply} */
  session(method, body) {
    const user = { id: id(1, 4), username: 'kim', name: this.language === 'ko' ? '김서연' : 'Seoyeon Kim', roles: this.roles, language: this.language };
    const session = { expires_ms: Date.now() + 3_600_000, user };
    if (method === 'DELETE') {
      this.signedIn = false;
      return { status: 204 };
    }
    if (method === 'GET') return this.signedIn ? { status: 200, body: session } : refusal(401, 'not_signed_in', 'Sign in first.');
    if (body.username !== 'kim' || body.password !== 'secret-kim-1') return refusal(401, 'wrong_credentials', 'Wrong.');
    this.signedIn = true;
    return { status: 201, body: { ...session, token: randomUUID() } };
  }

  /** @param {any[]} list @param {string} method @param {string | undefined} one @param {Record<string, any>} headers @param {any} body @param {string} path @returns {Reply} */
  noun(list, method, one, headers, body, path) {
    if (method === 'GET' && one === undefined) return { status: 200, body: { items: list, next: null } };
    if (method === 'POST') {
      if (list.some(({ number }) => number !== undefined && number === body.number)) return refusal(409, 'name_taken', 'This number is taken.', 'number');
      this.edits.push({ method, path, body });
      const made = { id: randomUUID(), arn: arn('x', 'x'), version: 1, ...body };
      list.push(made);
      return { status: 201, body: made };
    }
    const found = list.find((item) => item.id === one);
    if (found === undefined) return refusal(404, 'not_found', 'There is no such thing.');
    if (method === 'PUT') {
      if (headers['if-match'] !== `"${found.version}"`) return refusal(412, 'stale', 'It was changed meanwhile.');
      this.edits.push({ method, path, body });
      Object.assign(found, body, { version: found.version + 1 });
    }
    return { status: 200, body: found };
  }

  /** @param {string | undefined} one @param {string | undefined} part @param {URL} url @returns {Reply} */
  contact(one, part, url) {
    if (one === undefined) {
      const query = url.searchParams;
      const wanted = this.contacts.filter(
        (contact) =>
          contact.CustomerEndpoint.Address.includes(query.get('customer') ?? '') &&
          (query.get('abandoned') !== 'true' || contact.Agent === null),
      );
      const from = Number(query.get('cursor') ?? 0);
      const to = from + Number(query.get('limit') ?? 100);
      return { status: 200, body: { items: wanted.slice(from, to), next: to < wanted.length ? String(to) : null } };
    }
    const found = this.contacts.find(({ ContactId }) => ContactId === one);
    if (found === undefined) return refusal(404, 'not_found', 'There is no such contact.');
    if (part === 'timeline') return { status: 200, body: { entries: timeline(url.searchParams.get('language') === 'ko') } };
    return { status: 200, body: found };
  }
}

/** @param {number} status @param {string} code @param {string} detail @param {string} [field] @returns {Reply} */
function refusal(status, code, detail, field) {
  return { status, body: { type: `urn:twinline:problem:${code}`, title: code, status, detail, code, ...(field ? { field } : {}) }, type: 'application/problem+json' };
}

/** @param {number} n @param {boolean} ko */
function contact(n, ko) {
  const begun = DAY_START - n * 437_000;
  /** @param {number} ms */
  const at = (ms) => new Date(begun + ms).toISOString();
  const talked = n % 7 !== 3;
  const queue = n % 3 === 2 ? (ko ? '기술 지원' : 'Support') : ko ? '결제' : 'Billing';
  return {
    ContactId: id(8, n),
    InitialContactId: null,
    PreviousContactId: n === 0 ? id(8, 1) : null,
    NextContactId: null,
    Channel: 'VOICE',
    InitiationMethod: n % 11 === 5 ? 'OUTBOUND' : 'INBOUND',
    InitiationTimestamp: at(0),
    ConnectedToSystemTimestamp: at(200),
    DisconnectTimestamp: at(291_000),
    DisconnectReason: talked ? 'CUSTOMER_DISCONNECT' : 'CUSTOMER_DISCONNECT',
    CustomerEndpoint: { Address: `010-${String(1234 + n * 37).padStart(4, '0')}-${String(5678 - n * 11).padStart(4, '0')}`, Type: 'TELEPHONE_NUMBER' },
    SystemEndpoint: { Address: '02-6000-0001', Type: 'TELEPHONE_NUMBER' },
    Agent: talked
      ? { Username: n % 2 ? 'park' : 'kim', ConnectedToAgentTimestamp: at(60_000), AgentInteractionDuration: 120 + n * 3, AfterContactWorkDuration: 24, CustomerHoldDuration: n % 4 === 0 ? 20 : 0, NumberOfHolds: n % 4 === 0 ? 1 : 0 }
      : null,
    AgentConnectionAttempts: talked ? 1 : 2,
    Queue: { Name: queue, Duration: 12 + (n % 9) * 7, EnqueueTimestamp: at(14_000), DequeueTimestamp: at(60_000) },
    Attributes: ko ? { 등급: 'VIP', 메뉴: '1' } : { tier: 'VIP', menu: '1' },
    Recordings: talked ? [{ RecordingId: id(10, n), Status: n === 1 ? 'INCOMPLETE' : 'AVAILABLE', StartTimestamp: at(60_000), DurationMs: 6000 }] : [],
    Flows: { [ko ? '대표 번호' : 'Main line']: 12 },
    Disposition: talked ? (ko ? '환불 접수' : 'Refund') : null,
    Note: talked && n % 2 === 0 ? (ko ? '환불 요청. 3일 안에 처리하기로 함.' : 'Wants a refund. Promised within three days.') : null,
    Quality: talked
      ? [
          { Participant: 'customer', Codec: 'PCMA', PacketsReceived: 11_420, PacketsLost: 12, JitterMs: 3.2, RoundTripMs: 41, RFactor: 91, MosCqe: 4.31 },
          { Participant: 'agent', Codec: 'opus', PacketsReceived: 11_388, PacketsLost: 388, JitterMs: 18.4, RoundTripMs: 142, RFactor: 74, MosCqe: 3.78 },
        ]
      : [],
  };
}

/** @param {boolean} ko */
function timeline(ko) {
  /** @type {[number, string, string, boolean][]} */
  const told = [
    [0, '010-1234-5678에서 02-6000-0001(으)로 전화가 왔습니다', '010-1234-5678 calls 02-6000-0001', false],
    [210, '센터가 전화를 받았습니다', 'The centre answers', false],
    [220, '플로우 “대표 번호”(버전 12) 시작', 'Flow “Main line” (version 12) starts', false],
    [8_400, 'GetParticipantInput menu: 1', 'GetParticipantInput menu: 1', true],
    [14_000, '결제 대기열 1번째에서 대기', 'Waits in queue Billing at place 1', false],
    [55_300, '김서연 상담사에게 벨이 울립니다 (오디오: local)', 'Rings at Seoyeon Kim (audio: local)', false],
    [58_900, '김서연 상담사가 수락했습니다', 'Seoyeon Kim accepts', false],
    [59_040, '고객과 김서연 상담사가 연결되었습니다', 'Customer and Seoyeon Kim hear each other', false],
    [59_100, '녹음 시작', 'Recording starts', false],
    [291_000, '연결 종료: CUSTOMER_DISCONNECT', 'Disconnected: CUSTOMER_DISCONNECT', false],
    [315_000, '후처리 완료', 'After-contact work is over', false],
  ];
  return told.map(([offset_ms, korean, english, detail], seq) => ({
    seq,
    at_ms: DAY_START + offset_ms,
    offset_ms,
    key: 'x',
    data: {},
    text: ko ? korean : english,
    detail,
  }));
}

/** A recording of six seconds: a tone on each side in turn. @param {string | undefined} part @returns {Reply} */
function recording(part) {
  const [rate, seconds] = [8000, 6];
  /** @param {number} second */
  const speaks = (second) => (Math.floor(second) % 2 === 0 ? 0 : 1);
  if (part === 'peaks') {
    const lane = (/** @type {number} */ side) =>
      Array.from({ length: 300 }, (_, i) => (speaks((i * seconds) / 300) === side ? 0.25 + 0.6 * Math.abs(Math.sin(i * 0.37) * Math.cos(i * 0.11)) : 0.02));
    return { status: 200, body: { duration_ms: seconds * 1000, channels: [lane(0), lane(1)] } };
  }
  const bytes = Buffer.alloc(44 + rate * seconds * 4);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(2, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(rate * 4, 28);
  bytes.writeUInt16LE(4, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(bytes.length - 44, 40);
  for (let i = 0; i < rate * seconds; i += 1) {
    bytes.writeInt16LE(Math.round(8000 * Math.sin((2 * Math.PI * 440 * i) / rate)), 44 + i * 4 + 2 * speaks(i / rate));
  }
  return { status: 200, bytes, type: 'audio/wav' };
}
