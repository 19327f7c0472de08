// The link on a clock and a network of the test's own.

import { describe, expect, it } from 'vitest';
import { backoffMs } from './backoff';
import { Link, type LinkEvent, type Press, type SocketLike } from './link';
import type { CcpMessage, CcpRequest } from './messages';
import { pressId } from './press-id';

class Wire implements SocketLike {
  sent: CcpRequest[] = [];
  closed = false;
  onopen: SocketLike['onopen'] = null;
  onmessage: SocketLike['onmessage'] = null;
  onclose: SocketLike['onclose'] = null;
  send(text: string): void {
    this.sent.push(JSON.parse(text) as CcpRequest);
  }
  close(): void {
    this.closed = true;
  }
  accept(): void {
    this.onopen?.({} as Event);
  }
  say(message: CcpMessage): void {
    this.onmessage?.({ data: JSON.stringify(message) } as MessageEvent);
  }
  raw(data: unknown): void {
    this.onmessage?.({ data } as MessageEvent);
  }
  break(): void {
    this.onclose?.({} as CloseEvent);
  }
}

/** One page, its network and its clock. */
class World {
  nowMs = 1_000_000;
  wires: Wire[] = [];
  heard: LinkEvent[] = [];
  seen: number | null = null;
  pending: Press[] = [];
  timers: { at: number; what: () => void }[] = [];
  random = 0.5;
  link = new Link(
    {
      token: () => 'tok',
      desktop: () => null,
      seen: () => this.seen,
      pending: () => this.pending,
      tell: (event) => this.heard.push(event),
    },
    {
      open: () => {
        const wire = new Wire();
        this.wires.push(wire);
        return wire;
      },
      nowMs: () => this.nowMs,
      later: (ms, what) => {
        const timer = { at: this.nowMs + ms, what };
        this.timers.push(timer);
        return () => void (this.timers = this.timers.filter((other) => other !== timer));
      },
      random: () => this.random,
    },
  );

  get wire(): Wire {
    const wire = this.wires.at(-1);
    if (!wire) throw new Error('no socket was opened');
    return wire;
  }

  pass(ms: number): void {
    const end = this.nowMs + ms;
    for (;;) {
      const next = this.timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.timers = this.timers.filter((other) => other !== next);
      this.nowMs = next.at;
      next.what();
    }
    this.nowMs = end;
  }
}

const press = (id: string): Press => ({ id, command: { do: 'hold', contact: 'c' }, atMs: 0 });

describe('link', () => {
  it('says hello with the last number it saw, so that nothing is lost', () => {
    const world = new World();
    world.seen = 41;
    world.link.start();
    world.wire.accept();
    expect(world.wire.sent).toEqual([{ type: 'hello', token: 'tok', seen: 41, desktop: null }]);
  });

  it('sends unanswered presses again after hello, under the same id', () => {
    const world = new World();
    world.link.start();
    world.wire.accept();
    world.pending = [press('p1')];
    world.link.send(press('p1'));
    world.wire.break();
    world.pass(10_000);
    world.wire.accept();
    expect(world.wires).toHaveLength(2);
    expect(world.wire.sent.map((sent) => (sent.type === 'command' ? sent.id : sent.type))).toEqual(['hello', 'p1']);
  });

  it('keeps a press that is made while the link is down for the next hello', () => {
    const world = new World();
    world.link.start();
    world.link.send(press('p1'));
    expect(world.wire.sent).toEqual([]);
  });

  it('takes silence after a ping for a loss', () => {
    const world = new World();
    world.link.start();
    world.wire.accept();
    const first = world.wire;
    world.pass(10_000);
    expect(first.sent.at(-1)).toMatchObject({ type: 'ping' });
    world.pass(5_000);
    expect(first.closed).toBe(true);
    expect(world.heard.at(-1)?.kind).toBe('lost');
  });

  it('stays up while the server answers', () => {
    const world = new World();
    world.link.start();
    world.wire.accept();
    for (let i = 0; i < 20; i += 1) {
      world.pass(5_000);
      if (world.wire.sent.at(-1)?.type === 'ping') world.wire.say({ type: 'pong', at_ms: 0, now_ms: 0 });
    }
    expect(world.wires).toHaveLength(1);
  });

  it('gives up a connection that never opens', () => {
    const world = new World();
    world.link.start();
    world.pass(30_000);
    expect(world.wires.length).toBeGreaterThan(1);
  });

  it('waits longer after each failure and starts over once a server has spoken', () => {
    const world = new World();
    world.random = 0.999;
    world.link.start();
    const waits: number[] = [];
    for (let i = 0; i < 7; i += 1) {
      world.wire.break();
      waits.push((world.timers[0]?.at ?? 0) - world.nowMs);
      world.pass(waits.at(-1) ?? 0);
    }
    expect(waits).toEqual([399, 799, 1598, 3196, 6393, 9990, 9990]);
    world.wire.accept();
    world.wire.say({ type: 'change', seq: 1, now_ms: 0, desk: {} });
    world.wire.break();
    expect((world.timers[0]?.at ?? 0) - world.nowMs).toBe(399);
  });

  it('comes back after the time that a restarting server names', () => {
    const world = new World();
    world.random = 0;
    world.link.start();
    world.wire.accept();
    world.wire.say({ type: 'restarting', retry_ms: 3_000 });
    world.pass(2_999);
    expect(world.wires).toHaveLength(1);
    world.pass(1);
    expect(world.wires).toHaveLength(2);
  });

  it('does not come back with a token that is no longer good', () => {
    const world = new World();
    world.link.start();
    world.wire.accept();
    world.wire.say({ type: 'sign_in_again', reason: 'expired' });
    world.pass(60_000);
    expect(world.wires).toHaveLength(1);
    expect(world.heard.at(-1)).toMatchObject({ kind: 'message', message: { type: 'sign_in_again' } });
  });

  it('tries at once when the network is back, and only when it is not connected', () => {
    const world = new World();
    world.random = 0.999;
    world.link.start();
    world.link.hurry();
    expect(world.wires).toHaveLength(1);
    world.wire.break();
    world.link.hurry();
    expect(world.wires).toHaveLength(2);
    world.pass(5_000);
    expect(world.wires).toHaveLength(2);
  });

  it('takes no notice of frames that are not messages', () => {
    const world = new World();
    world.link.start();
    world.wire.accept();
    const before = world.heard.length;
    for (const junk of ['{', '7', 'null', '[]', '{"no":"type"}', new ArrayBuffer(2)]) world.wire.raw(junk);
    expect(world.heard).toHaveLength(before);
  });

  it('is silent after stop', () => {
    const world = new World();
    world.link.start();
    world.wire.accept();
    world.link.stop();
    expect(world.wire.closed).toBe(true);
    world.pass(60_000);
    expect(world.wires).toHaveLength(1);
  });
});

describe('back-off', () => {
  it('is spread over the whole interval and bounded', () => {
    expect(backoffMs(0, 0)).toBe(0);
    expect(backoffMs(3, 0.5)).toBe(1600);
    expect(backoffMs(1_000_000, 0.999999)).toBeLessThan(10_000);
  });
});

describe('press id', () => {
  it('is a fresh version 4 UUID', () => {
    const ids = new Set(Array.from({ length: 50 }, pressId));
    expect(ids.size).toBe(50);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
