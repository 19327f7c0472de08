// The desk, told as stories of what the server says and what is pressed.

import { describe, expect, it } from 'vitest';
import type { CcpMessage, DeskContact } from '../link/messages';
import { newsOf } from './news';
import { after, contactIn, deskWith, snapshot } from './sample';
import { foremost, phaseOf } from './phase';
import { isPending, muteShown, nothingYet, step, type DeskState } from './state';

const hear = (state: DeskState, message: CcpMessage, atMs = 0) => step(state, { kind: 'message', message, atMs });
const contacts = (...list: DeskContact[]): CcpMessage => ({ type: 'change', seq: 99, now_ms: 0, desk: { contacts: list } });
const mute = (state: DeskState, on: boolean, atMs = 0) =>
  step(state, { kind: 'pressed', press: { id: 'm', command: { do: 'mute', contact: 'c', on }, atMs } });

describe('what the server says', () => {
  it('a change replaces the members it names and no other', () => {
    const state = hear(after(snapshot(deskWith())), contacts(contactIn('INCOMING')));
    expect(state.desk?.contacts).toHaveLength(1);
    expect(state.desk?.agent.name).toBe('Kim');
    expect(state.seq).toBe(99);
  });

  it('a change seen already changes nothing', () => {
    const seen = after(snapshot(deskWith(), 100));
    expect(hear(seen, contacts(contactIn('INCOMING'))).desk?.contacts).toHaveLength(0);
  });

  it('a change before any snapshot is of no use', () => {
    expect(hear(nothingYet, contacts(contactIn('INCOMING'))).desk).toBeNull();
  });

  it('a lost link keeps the last state, and the next word is up again', () => {
    let state = step(after(snapshot(deskWith(contactIn('CONNECTED')))), { kind: 'lost', atMs: 5 });
    expect(state.link).toBe('lost');
    expect(state.desk?.contacts).toHaveLength(1);
    state = step(state, { kind: 'opened', atMs: 6 });
    expect(state.link).toBe('lost');
    state = hear(state, { type: 'pong', at_ms: 0, now_ms: 0 });
    expect(state.link).toBe('up');
  });

  it('a token that is no longer good does not wipe the desk', () => {
    const state = hear(after(snapshot(deskWith(contactIn('CONNECTED')))), { type: 'sign_in_again', reason: 'expired' });
    expect(state.link).toBe('signed_out');
    expect(state.desk?.contacts).toHaveLength(1);
  });

  it('the clock offset is that of the shortest way, and follows a stepped clock', () => {
    const pong = (now_ms: number): CcpMessage => ({ type: 'pong', at_ms: 0, now_ms });
    let state = hear(after(snapshot(deskWith())), pong(10_100), 10_000);
    expect(state.offsetMs).toBe(100);
    state = hear(state, pong(11_020), 11_000); // 80 ms slower on its way
    expect(state.offsetMs).toBe(100);
    state = hear(state, pong(2_000), 12_000); // the page's clock was set
    expect(state.offsetMs).toBe(-10_000);
  });
});

describe('presses', () => {
  it('one is pending until it is done', () => {
    let state = after(snapshot(deskWith(contactIn('CONNECTED'))));
    state = step(state, { kind: 'pressed', press: { id: 'p', command: { do: 'hold', contact: 'c' }, atMs: 0 } });
    expect(isPending(state, 'hold', 'c')).toBe(true);
    expect(isPending(state, 'hold', 'other')).toBe(false);
    expect(isPending(hear(state, { type: 'done', id: 'p' }), 'hold')).toBe(false);
  });

  it('a refused one is told with its reason', () => {
    let state = after(snapshot(deskWith(contactIn('CONNECTED'))));
    state = step(state, { kind: 'pressed', press: { id: 'p', command: { do: 'hold', contact: 'c' }, atMs: 0 } });
    state = hear(state, { type: 'refused', id: 'p', error: { code: 'not_now', message: '' } });
    expect(state.trouble).toMatchObject({ what: 'hold', error: { code: 'not_now' } });
    expect(step(state, { kind: 'dismissed' }).trouble).toBeNull();
  });

  it('a refusal of something we did not press is no trouble of ours', () => {
    const state = hear(after(snapshot(deskWith())), { type: 'refused', id: 'x', error: { code: 'c', message: '' } });
    expect(state.trouble).toBeNull();
  });

  it('one that nobody answers is given up after its limit, loudly', () => {
    let state = after(snapshot(deskWith(contactIn('CONNECTED'))));
    state = step(state, { kind: 'pressed', press: { id: 'p', command: { do: 'end', contact: 'c' }, atMs: 0 } });
    expect(step(state, { kind: 'passed', atMs: 30_000 }).trouble).toBeNull();
    state = step(state, { kind: 'passed', atMs: 30_001 });
    expect(state.trouble).toEqual({ what: 'end', off: false, error: null });
    expect(state.presses).toHaveLength(0);
  });

  it('are bounded', () => {
    let state = after(snapshot(deskWith()));
    for (let i = 0; i < 500; i += 1) {
      state = step(state, { kind: 'pressed', press: { id: `p${i}`, command: { do: 'cancel_next_status' }, atMs: 0 } });
    }
    expect(state.presses).toHaveLength(64);
  });
});

describe('mute', () => {
  const talking = () => after(snapshot(deskWith(contactIn('CONNECTED'))));
  const shown = (state: DeskState) => muteShown(state, state.desk?.contacts[0] ?? contactIn('ENDED'));

  it('shows as wanted at once, and as confirmed when the endpoint says so', () => {
    let state = mute(talking(), true);
    expect(shown(state)).toEqual({ on: true, pending: true });
    state = hear(state, { type: 'done', id: 'm' });
    expect(shown(state).pending).toBe(true);
    state = hear(state, { ...contacts(contactIn('CONNECTED', { mute_pending: true })), seq: 5 } as CcpMessage);
    expect(shown(state)).toEqual({ on: true, pending: true });
    state = hear(state, { ...contacts(contactIn('CONNECTED', { muted: true })), seq: 6 } as CcpMessage);
    expect(shown(state)).toEqual({ on: true, pending: false });
    expect(state.trouble).toBeNull();
  });

  it('goes back with a reason when the server refuses', () => {
    const state = hear(mute(talking(), true), { type: 'refused', id: 'm', error: { code: 'not_now', message: '' } });
    expect(shown(state)).toEqual({ on: false, pending: false });
    expect(state.trouble?.what).toBe('mute');
  });

  it('goes back when the endpoint does not confirm', () => {
    let state = mute(talking(), true);
    state = hear(state, { ...contacts(contactIn('CONNECTED', { mute_pending: true })), seq: 5 } as CcpMessage);
    state = hear(state, { ...contacts(contactIn('CONNECTED')), seq: 6 } as CcpMessage);
    expect(shown(state)).toEqual({ on: false, pending: false });
    expect(state.trouble).toEqual({ what: 'mute', off: false, error: null });
  });

  it('goes back when nothing is heard of it', () => {
    const state = step(mute(talking(), true), { kind: 'passed', atMs: 3_001 });
    expect(shown(state)).toEqual({ on: false, pending: false });
    expect(state.trouble?.what).toBe('mute');
  });

  it('is not wished for a call that is over', () => {
    const state = hear(mute(talking(), true), contacts(contactIn('ENDED')));
    expect(state.muteWish).toBeNull();
    expect(state.trouble).toBeNull();
  });

  it('by the button of the headset is simply shown', () => {
    const state = hear(talking(), contacts(contactIn('CONNECTED', { muted: true })));
    expect(shown(state)).toEqual({ on: true, pending: false });
  });
});

describe('phase', () => {
  it('a call rings while it may be accepted, whatever state is published', () => {
    expect(phaseOf(contactIn('CONNECTING', { can: ['accept', 'reject'] }))).toBe('ringing');
    expect(phaseOf(contactIn('CONNECTING', { can: ['end'] }))).toBe('setup');
    expect(phaseOf(contactIn('INCOMING'))).toBe('ringing');
  });
});

describe('foremost contact', () => {
  it('ringing goes before wrap-up, and nothing is nothing', () => {
    const list = [contactIn('ENDED', { id: 'old' }), contactIn('INCOMING', { id: 'new' })];
    expect(foremost(list)?.id).toBe('new');
    expect(foremost([])).toBeNull();
  });
});

describe('news', () => {
  const state = (contact: DeskContact | null) => after(snapshot(contact ? deskWith(contact) : deskWith()));
  const told = (a: DeskContact | null, b: DeskContact | null) => newsOf(state(a), state(b)).map(({ what }) => what);

  it('tells each step of a call once', () => {
    expect(told(null, contactIn('INCOMING'))).toEqual(['ringing']);
    expect(told(contactIn('INCOMING'), contactIn('INCOMING'))).toEqual([]);
    expect(told(contactIn('INCOMING'), contactIn('CONNECTED'))).toEqual(['ringing_over', 'connected']);
    expect(told(contactIn('CONNECTED'), contactIn('CONNECTED_ONHOLD'))).toEqual(['held']);
    expect(told(contactIn('CONNECTED_ONHOLD'), contactIn('CONNECTED'))).toEqual(['resumed']);
    expect(told(contactIn('CONNECTED'), contactIn('CONNECTED', { muted: true }))).toEqual(['muted']);
    expect(told(contactIn('CONNECTED'), contactIn('ENDED'))).toEqual(['wrapup']);
    expect(told(contactIn('INCOMING'), null)).toEqual(['ringing_over']);
  });

  it('tells that the server is lost and back', () => {
    const up = state(null);
    const lost = step(up, { kind: 'lost', atMs: 0 });
    expect(newsOf(up, lost)).toEqual([{ what: 'lost' }]);
    expect(newsOf(lost, up)).toEqual([{ what: 'back' }]);
  });
});
