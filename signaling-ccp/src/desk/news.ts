// What changed between two states that a person who cannot see the page must be told.

import type { DeskContact } from '../link/messages';
import { foremost, type DeskState } from './state';

export type News =
  | { what: 'ringing'; contact: DeskContact }
  | { what: 'ringing_over' | 'lost' | 'back' | 'trouble' }
  | { what: 'connected' | 'held' | 'resumed' | 'muted' | 'unmuted' | 'wrapup' };

export function newsOf(before: DeskState, after: DeskState): News[] {
  const news: News[] = [];
  if (after.link === 'lost' && before.link === 'up') news.push({ what: 'lost' });
  if (after.link === 'up' && (before.link === 'lost' || before.link === 'restarting')) news.push({ what: 'back' });
  if (after.trouble !== null && after.trouble !== before.trouble) news.push({ what: 'trouble' });
  const was = foremost(before.desk?.contacts ?? []);
  const is = foremost(after.desk?.contacts ?? []);
  const same = is !== null && was?.id === is.id ? was : null;
  if (was?.state === 'INCOMING' && (is?.id !== was.id || is.state !== 'INCOMING')) news.push({ what: 'ringing_over' });
  if (is === null) return news;
  if (is.state !== same?.state) {
    if (is.state === 'INCOMING') news.push({ what: 'ringing', contact: is });
    if (is.state === 'CONNECTED') news.push({ what: same?.state === 'CONNECTED_ONHOLD' ? 'resumed' : 'connected' });
    if (is.state === 'CONNECTED_ONHOLD') news.push({ what: 'held' });
    if (is.state === 'ENDED') news.push({ what: 'wrapup' });
  }
  if (same !== null && same.muted !== is.muted && is.state === 'CONNECTED') {
    news.push({ what: is.muted ? 'muted' : 'unmuted' });
  }
  return news;
}
