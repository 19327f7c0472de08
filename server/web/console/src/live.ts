// What the live room computes from the live view: thresholds and totals.

import type { Schemas } from '@twinline/api/client';

export type Level = 'ok' | 'warn' | 'alert';

/** A wait against the service level of its queue: past it, and past twice of it. */
export function waitLevel(waitedMs: number | null, serviceLevelS: number): Level {
  if (waitedMs === null || waitedMs <= serviceLevelS * 1000) return 'ok';
  return waitedMs <= serviceLevelS * 2000 ? 'warn' : 'alert';
}

/** Share of contacts answered in time, percent, and its level; null before the first contact. */
export function serviceLevel(queue: Schemas['LiveQueue']): { percent: number; level: Level } | null {
  const of = (queue.handled ?? 0) + (queue.abandoned ?? 0);
  if (of === 0) return null;
  const percent = Math.round((100 * (queue.within_service_level ?? 0)) / of);
  return { percent, level: percent >= 80 ? 'ok' : percent >= 60 ? 'warn' : 'alert' };
}

export interface WaitingContact {
  id: string;
  queue: string;
  /** In its queue, from 1. */
  position: number;
  customer: string;
  name: string;
  since_ms: number;
}

/** Contacts that wait in a queue, those being offered to an agent included: longest wait first. */
export function waitingContacts(contacts: readonly Schemas['LiveContact'][]): WaitingContact[] {
  const places = new Map<string, number>();
  return contacts
    .flatMap(({ id, queue, enqueued_ms, state, customer, customer_name }) =>
      queue != null && enqueued_ms != null && ['queued', 'offered', 'accepted'].includes(state)
        ? [{ id, queue, customer, name: customer_name, since_ms: enqueued_ms }]
        : [],
    )
    .sort((a, b) => a.since_ms - b.since_ms)
    .map((contact) => {
      const position = (places.get(contact.queue) ?? 0) + 1;
      places.set(contact.queue, position);
      return { ...contact, position };
    });
}

export function totals(view: Schemas['LiveView']) {
  const oldest = view.queues.flatMap(({ oldest_ms }) => (oldest_ms == null ? [] : [oldest_ms]));
  const doing = (...activities: string[]) => view.agents.filter(({ activity }) => activities.includes(activity)).length;
  return {
    waiting: view.queues.reduce((sum, { waiting }) => sum + waiting, 0),
    oldestMs: oldest.length === 0 ? null : Math.min(...oldest),
    available: doing('available'),
    onContact: doing('incoming', 'connecting', 'connected', 'hold'),
    contacts: view.contacts_total,
  };
}
