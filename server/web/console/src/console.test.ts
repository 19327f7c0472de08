// What the console computes: flows read, live levels, waveforms, times.

import { describe, expect, it } from 'vitest';
import { bundled, readFlow, words } from './flow/document';
import { place } from './flow/layout';
import { length, moment, offset, shortMoment } from './format';
import { serviceLevel, totals, waitingContacts, waitLevel } from './live';
import { lane } from './parts/waveform';

const menu = {
  Version: '2019-10-30',
  StartAction: 'a',
  Actions: [
    { Identifier: 'z', Type: 'EndFlowExecution' },
    { Identifier: 'lost', Type: 'Loop', Transitions: { NextAction: 'z' } },
    {
      Identifier: 'a',
      Type: 'GetParticipantInput',
      Parameters: { Text: 'x'.repeat(200), InputTimeLimitSeconds: 5 },
      Transitions: {
        NextAction: 'z',
        Conditions: [{ NextAction: 'b', Condition: { Operator: 'Equals', Operands: ['1'] } }],
        Errors: [
          { ErrorType: 'NoMatchingError', NextAction: 'z' },
          { ErrorType: 'InputTimeLimitExceeded', NextAction: 'a' },
        ],
      },
    },
    { Identifier: 'b', Type: 'TransferContactToQueue', Transitions: { NextAction: 'nowhere' } },
  ],
};

describe('a flow', () => {
  it('is read in the order in which a caller meets its blocks', () => {
    const flow = readFlow(menu);
    expect(flow?.blocks.map(({ id }) => id)).toEqual(['a', 'b', 'z', 'lost']);
    expect(flow?.unreachable).toEqual(['lost']);
    expect(flow?.blocks[0]?.branches[0]).toEqual({ label: '= 1', kind: 'condition', to: 'b' });
    expect(flow?.blocks[0]?.facts[0]).toHaveLength(80);
  });

  it('may also come as text', () => {
    expect(readFlow(JSON.stringify(menu))?.start).toBe('a');
  });

  it('that is none, or half of one, breaks nothing', () => {
    for (const bad of [null, 7, 'x', '{', [], {}, { Actions: [] }, { StartAction: 'a' }]) expect(readFlow(bad)).toBeNull();
    const odd = { StartAction: 'q', Actions: [null, 5, {}, { Identifier: 'a' }, { Identifier: 'b', Type: 'T', Transitions: 3 }] };
    expect(readFlow(odd)?.blocks.map(({ id }) => id)).toEqual(['b']);
  });

  it('draws one line for branches that go the same way, and nothing to blocks that are not there', () => {
    const flow = readFlow(menu);
    expect(bundled(flow?.blocks[0]?.branches ?? [])).toEqual([
      { to: 'b', kind: 'condition', label: '= 1' },
      { to: 'z', kind: 'next', label: null },
      { to: 'a', kind: 'error', label: 'InputTimeLimitExceeded' },
    ]);
    const placed = flow ? place(flow) : [];
    expect(placed).toHaveLength(4);
    const top = placed.find(({ block }) => block.id === 'a');
    expect(placed.every(({ block, y }) => block.id === 'lost' || y >= (top?.y ?? 0))).toBe(true);
  });

  it('names its blocks in words', () => {
    expect(words('GetParticipantInput')).toBe('Get participant input');
  });
});

describe('live', () => {
  const queue = {
    id: 'q',
    name: 'Q',
    waiting: 2,
    oldest_ms: 5,
    agents_online: 2,
    agents_staffed: 1,
    agents_available: 0,
    handled: 8,
    abandoned: 2,
    within_service_level: 7,
  };
  it('a wait is past its service level, or past twice of it', () => {
    expect([null, 20_000, 20_001, 40_000, 40_001].map((wait) => waitLevel(wait, 20))).toEqual(['ok', 'ok', 'warn', 'warn', 'alert']);
  });
  it('the service level counts those who gave up, and is nothing before the first contact', () => {
    expect(serviceLevel(queue)).toEqual({ percent: 70, level: 'warn' });
    expect(serviceLevel({ ...queue, handled: 0, abandoned: 0 })).toBeNull();
  });
  it('totals are over all queues and agents', () => {
    const view = { as_of_ms: 0, queues: [queue, { ...queue, id: 'r', oldest_ms: null }], contacts: [], agents: [], contacts_total: 4 };
    expect(totals(view)).toEqual({ waiting: 4, oldestMs: 5, available: 0, onContact: 0, contacts: 4 });
  });
});

describe('waiting contacts', () => {
  const row = (id: string, queue: string | null, state: string, enqueued_ms: number | null) => ({
    ...{ id, queue, state, enqueued_ms, channel: 'VOICE', method: 'INBOUND', since_ms: 99, initiated_ms: 0 },
    ...{ customer: '1', customer_name: '', agent: null },
  });
  it('have a place in their own queue, by the time they came into it', () => {
    const rows = [row('b', 'q', 'offered', 7), row('a', 'q', 'queued', 5), row('c', 'r', 'queued', 6)];
    const shown = waitingContacts(rows).map(({ id, position, since_ms }) => [id, position, since_ms]);
    expect(shown).toEqual([['a', 1, 5], ['c', 1, 6], ['b', 2, 7]]);
  });
  it('are neither those in a flow nor those with an agent', () => {
    expect(waitingContacts([row('a', null, 'in_flow', null), row('b', 'q', 'connected', 5)])).toEqual([]);
  });
});

describe('a waveform', () => {
  it('has at most 600 bars, each as loud as the loudest of its slice', () => {
    const { path, bars } = lane(Array.from({ length: 6000 }, (_, i) => (i === 15 ? 1 : 0)));
    expect(bars).toBe(600);
    expect(path.split('M')[2]).toBe('1.5 0.000V2.000');
  });
  it('of nothing is nothing', () => expect(lane([])).toEqual({ path: '', bars: 0 }));
});

describe('times', () => {
  it('are lengths as people read them', () => {
    expect([0, 61_000, 3_600_000, -3].map(length)).toEqual(['0:00', '1:01', '1:00:00', '0:00']);
    expect(offset(8_460)).toBe('0:08.4');
  });
  it('of day always name their zone', () => {
    expect(moment('2026-11-20T00:12:00Z', 'en')).toMatch(/^2026-11-(19|20) \d\d:\d\d:00 \S+$/);
    expect(shortMoment('2026-11-20T00:12:00Z')).toMatch(/^11-(19|20) \d\d:\d\d$/);
  });
});
