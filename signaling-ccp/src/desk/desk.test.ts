// Buttons, notices, times, keys and transfer targets.

import { en } from '@twinline/messages/ccp.en';
import { ko } from '@twinline/messages/ccp.ko';
import { describe, expect, it } from 'vitest';
import { existsSync, readFileSync } from 'node:fs';
import type { DeskContact } from '../link/messages';
import { looksLikeNumber, mayDial, mayPress } from './can';
import { noticeOf } from './notice';
import { offered, phaseOf } from './phase';
import { runningTime } from './running-time';
import { after, contactIn, deskWith, snapshot } from './sample';
import { shortcutOf, type Key } from './shortcuts';
import { step } from './state';
import { targetsFor } from './targets';
import { clock, secondsLeft } from './time';

describe('may it be pressed', () => {
  const contact = contactIn('CONNECTED', { can: ['hold'] });
  const up = after(snapshot(deskWith(contact)));

  it('what the server allows, and with the reason when not', () => {
    expect(mayPress(up, contact, 'hold')).toEqual({ may: true, why: null });
    expect(mayPress(up, contact, 'resume')).toEqual({ may: false, why: 'state' });
    expect(mayPress(step(up, { kind: 'lost', atMs: 0 }), contact, 'hold')).toEqual({ may: false, why: 'lost' });
    const pressed = step(up, { kind: 'pressed', press: { id: 'p', command: { do: 'hold', contact: 'c' }, atMs: 0 } });
    expect(mayPress(pressed, contact, 'hold')).toEqual({ may: false, why: 'pending' });
  });

  it('a call needs a number, audio and a free desk', () => {
    const idle = after(snapshot(deskWith()));
    expect(mayDial(idle, '02-555-0199')).toEqual({ may: true, why: null });
    expect(mayDial(idle, ' ')).toEqual({ may: false, why: 'noNumber' });
    expect(mayDial(up, '02-555-0199').why).toBe('busy');
    const silent = { ...deskWith(), media: { ...deskWith().media, ready: false } };
    expect(mayDial(after(snapshot(silent)), '02-555-0199').why).toBe('noMedia');
  });

  it('numbers are told from names', () => {
    for (const good of ['010-1234-5678', '+82 2 555 0199', '*77#', '119']) expect(looksLikeNumber(good)).toBe(true);
    for (const bad of ['', '1', '결제', '12a', '-12', 'sip:1@x']) expect(looksLikeNumber(bad)).toBe(false);
  });

});

/** The core's table, written by its golden test: action → phases, phase → published state. */
const table = new URL(
  '../../../server/core/src/floor/snapshots/twinline_core__floor__can__tests__can_table.snap',
  import.meta.url,
);

describe.skipIf(!existsSync(table))('the table of the core', () => {
  const golden = existsSync(table) ? readFileSync(table, 'utf8').split('\n---\n')[1] : '{}';
  const { actions, phases } = JSON.parse(golden ?? '{}') as {
    actions: Record<string, string[]>;
    phases: { phase: string; state: DeskContact['state'] }[];
  };

  it('has no action in any phase that the page has no place for', () => {
    for (const { phase, state } of phases) {
      const can = Object.keys(actions).filter((action) => actions[action]?.includes(phase));
      const drawn = phaseOf(contactIn(state, { can }));
      expect(offered[drawn], `${phase} is drawn as ${drawn}`).toEqual(expect.arrayContaining(can));
    }
  });

  it('allows every button of the page in some phase', () => {
    const known = new Set(Object.keys(actions));
    for (const action of Object.values(offered).flat()) expect(known).toContain(action);
  });
});

describe('the notice', () => {
  const idle = after(snapshot(deskWith()));

  it('tells what matters most: link, then trouble, then audio, then offers', () => {
    const unpaired = { ...deskWith().media, state: 'unpaired' as const, ready: false };
    const noAudio = after(snapshot({ ...deskWith(), media: unpaired }));
    expect(noticeOf(idle, ko).text).toBe(ko.notice.ready);
    expect(noticeOf(noAudio, ko)).toMatchObject({ tone: 'bad', remedy: 'pair' });
    const trouble = { ...noAudio, trouble: { what: 'hold' as const, off: false, error: null } };
    expect(noticeOf(trouble, ko).remedy).toBe('dismiss');
    expect(noticeOf({ ...trouble, link: 'lost' }, ko).text).toBe(ko.notice.lost);
  });

  it('says that a call goes on without the server, and only then', () => {
    const talking = after(snapshot(deskWith(contactIn('CONNECTED'))));
    expect(noticeOf({ ...talking, link: 'lost' }, en).text).toBe(en.notice.lostInCall);
    expect(noticeOf({ ...idle, link: 'lost' }, en).text).toBe(en.notice.lost);
  });

  it('uses the words of the server for a refusal that it has no words for', () => {
    const trouble = { what: 'dial' as const, off: false, error: { code: 'new_code', message: 'Seats full.', remedy: 'Wait.' } };
    expect(noticeOf({ ...idle, trouble }, en).text).toBe('Call: not done. Seats full. Wait.');
    const known = { ...trouble, error: { code: 'number_not_allowed', message: 'x' } };
    expect(noticeOf({ ...idle, trouble: known }, en).text).toContain(en.refusal.number_not_allowed);
    const strange = { ...trouble, error: { code: 'toString', message: 'x' } };
    expect(noticeOf({ ...idle, trouble: strange }, en).text).toBe('Call: not done. x');
  });

  it('tells a call whose audio was lost from one on hold', () => {
    const text = (can: string[]) => noticeOf(after(snapshot(deskWith(contactIn('CONNECTED_ONHOLD', { can })))), en).text;
    expect(text(['resume', 'end'])).toBe(en.call.held);
    expect(text(['end', 'set_note'])).toBe(en.call.interrupted);
  });

  it('names the next status with a way to cancel it', () => {
    const desk = deskWith(contactIn('ENDED'));
    const next = after(snapshot({ ...desk, agent: { ...desk.agent, next_status: 's2' } }));
    expect(noticeOf(next, en)).toEqual({ tone: 'info', text: 'Next status: Lunch', remedy: 'cancel_next' });
  });
});

describe('times', () => {
  it('are written as people read them', () => {
    expect([0, 59_999, 60_000, 3_671_000, -5].map(clock)).toEqual(['00:00', '00:59', '01:00', '1:01:11', '00:00']);
    expect([secondsLeft(10_000, 9_999), secondsLeft(10_000, 10_000), secondsLeft(10_000, 0)]).toEqual([1, 0, 10]);
  });

  it('only one runs: of the contact, else of the status, else the age of what is known', () => {
    const ringing = contactIn('INCOMING', { deadline_ms: 20_000 });
    const up = after(snapshot(deskWith(ringing)));
    expect(runningTime(up, ringing, 2_500, 0, en).text).toBe('18 s left');
    expect(runningTime(up, null, 12_000, 0, en).text).toBe('00:12');
    expect(runningTime(step(up, { kind: 'lost', atMs: 0 }), ringing, 0, 64_000, en).text).toBe('01:04 ago');
  });
});

describe('keys', () => {
  const key = (over: Partial<Key>): Key => ({
    code: 'Digit1',
    ctrlKey: true,
    shiftKey: true,
    altKey: false,
    metaKey: false,
    isComposing: false,
    repeat: false,
    ...over,
  });

  it('go by the physical key, whatever the input mode writes', () => {
    expect(shortcutOf(key({}))).toBe('accept');
    expect(shortcutOf(key({ code: 'Digit7' }))).toBe('end');
    expect(shortcutOf(key({ code: 'KeyR' }))).toBeNull();
  });

  it('take no notice of a syllable being composed, a held key, or another chord', () => {
    for (const over of [{ isComposing: true }, { repeat: true }, { altKey: true }, { metaKey: true }, { ctrlKey: false }]) {
      expect(shortcutOf(key(over))).toBeNull();
    }
  });
});

describe('transfer targets', () => {
  it('are found by initial consonants', () => {
    expect(targetsFor(deskWith(), 'ㄱㅅ').map(({ name }) => name)).toEqual(['검수']);
    expect(targetsFor(deskWith(), 'ㄱㅈ').map(({ name }) => name)).toEqual(['결제']);
  });

  it('a typed number is one of them, and everything is there at first', () => {
    const [first] = targetsFor(deskWith(), '02-555-0199');
    expect(first?.command('c')).toEqual({ do: 'transfer_to_number', contact: 'c', number: '02-555-0199' });
    expect(targetsFor(deskWith(), '')).toHaveLength(3);
    expect(targetsFor(deskWith(), 'zzz')).toHaveLength(0);
  });
});
