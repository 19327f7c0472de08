// Whole lists: the pages of a list one after another, up to a bound, for tables and menus that show all of them.

import { api, ask } from '@twinline/api/client';

const PAGE = '1000';
const MOST_PAGES = 20;

async function everything<T>(page: (query: { cursor?: string; limit: string }) => Promise<{ items: T[]; next?: string | null }>) {
  const items: T[] = [];
  let cursor: string | null = null;
  for (let i = 0; i < MOST_PAGES; i += 1) {
    const { items: some, next } = await page({ limit: PAGE, ...(cursor === null ? {} : { cursor }) });
    items.push(...some);
    if (!next) break;
    cursor = next;
  }
  return items;
}

export const allQueues = () => everything((query) => ask(api.GET('/api/v1/queues', { params: { query } })));
export const allUsers = () => everything((query) => ask(api.GET('/api/v1/users', { params: { query } })));
export const allNumbers = () => everything((query) => ask(api.GET('/api/v1/numbers', { params: { query } })));
export const allFlows = () => everything((query) => ask(api.GET('/api/v1/flows', { params: { query } })));
export const allHours = () => everything((query) => ask(api.GET('/api/v1/hours', { params: { query } })));
export const allProfiles = () => everything((query) => ask(api.GET('/api/v1/routing_profiles', { params: { query } })));
