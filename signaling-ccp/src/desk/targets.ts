// Where a call can be passed on to: what matches the text, queues and quick connects, and the text itself as a number.

import { found } from '@twinline/ui/hangul';
import type { Command, Desk } from '../link/messages';
import { looksLikeNumber } from './can';

export interface Target {
  key: string;
  name: string;
  kind: 'phone_number' | 'agent' | 'queue';
  available: boolean;
  waiting: number | null;
  command: (contact: string) => Command;
}

export function targetsFor(desk: Desk, text: string): Target[] {
  const targets: Target[] = [];
  const typed = text.trim();
  if (looksLikeNumber(typed)) {
    targets.push({
      key: 'number',
      name: typed,
      kind: 'phone_number',
      available: true,
      waiting: null,
      command: (contact) => ({ do: 'transfer_to_number', contact, number: typed }),
    });
  }
  for (const { id, name, kind, available } of desk.quick_connects) {
    if (!found(name, typed)) continue;
    const command = (contact: string): Command => ({ do: 'transfer_to_quick_connect', contact, quick_connect: id });
    targets.push({ key: `quick ${id}`, name, kind, available, waiting: null, command });
  }
  for (const { id, name, waiting } of desk.queues) {
    if (!found(name, typed)) continue;
    const command = (contact: string): Command => ({ do: 'transfer_to_queue', contact, queue: id });
    targets.push({ key: `queue ${id}`, name, kind: 'queue', available: true, waiting, command });
  }
  return targets;
}
