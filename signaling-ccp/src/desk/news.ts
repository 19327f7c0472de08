// What changed between two states that a person who cannot see the page must be told.

import type { DeskContact } from '../link/messages';
import { foremost, phaseOf } from './phase';
import type { DeskState } from './state';

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
  const phase = is === null ? null : phaseOf(is);
  const phaseBefore = same === null ? null : phaseOf(same);
  const rang = was !== null && phaseOf(was) === 'ringing';
  if (rang && (same === null || phase !== 'ringing')) news.push({ what: 'ringing_over' });
  if (is === null) return news;
  if (phase !== phaseBefore) {
    if (phase === 'ringing') news.push({ what: 'ringing', contact: is });
    if (phase === 'talking') news.push({ what: phaseBefore === 'held' ? 'resumed' : 'connected' });
    if (phase === 'held') news.push({ what: 'held' });
    if (phase === 'wrapup') news.push({ what: 'wrapup' });
  }
  if (same !== null && same.muted !== is.muted && phase === 'talking') {
    news.push({ what: is.muted ? 'muted' : 'unmuted' });
  }
  return news;
}
