// The REST client: typed by the contract, with one way to fail. Sign-in is the HttpOnly cookie of the server's pages.

import createClient from 'openapi-fetch';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];

/** Why a request did not succeed: the server's problem details (RFC 9457), or `unreachable`. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly field: string | null,
    readonly remedy: string | null,
  ) {
    super(`${code}: ${detail}`);
  }
}

export const api = createClient<paths>({ baseUrl: '/', credentials: 'same-origin' });

/** The data of an answer, or `Refused`. */
export async function ask<T>(asked: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await asked.catch(() => {
    throw new Refused(0, 'unreachable', '', null, null);
  });
  if (response.ok) return data as T;
  throw problem(response.status, error);
}

function problem(status: number, error: unknown): Refused {
  const said = (typeof error === 'object' && error !== null ? error : {}) as Partial<Schemas['Problem']>;
  return new Refused(status, said.code ?? `http_${status}`, said.detail ?? '', said.field ?? null, said.remedy ?? null);
}
