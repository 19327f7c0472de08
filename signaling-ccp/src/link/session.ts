// Signing in and out: POST and DELETE /api/v1/session.

export type SignInResult =
  | { ok: true; token: string }
  | { ok: false; why: 'wrong' | 'unreachable' | 'tooMany' }
  | { ok: false; why: 'failed'; code: string };

export async function signIn(username: string, password: string): Promise<SignInResult> {
  let response: Response;
  try {
    response = await fetch('/api/v1/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password }),
    });
  } catch {
    return { ok: false, why: 'unreachable' };
  }
  if (response.status === 401) return { ok: false, why: 'wrong' };
  if (response.status === 429) return { ok: false, why: 'tooMany' };
  const body: unknown = await response.json().catch(() => null);
  const token = member(body, 'token');
  if (response.ok && token !== null) return { ok: true, token };
  return { ok: false, why: 'failed', code: member(body, 'code') ?? String(response.status) };
}

/** Tells the server that the token is done with. A failure changes nothing here: the page has forgotten it. */
export async function signOut(token: string): Promise<void> {
  await fetch('/api/v1/session', { method: 'DELETE', headers: { authorization: `Bearer ${token}` } }).catch(() => null);
}

function member(body: unknown, name: string): string | null {
  if (typeof body !== 'object' || body === null) return null;
  const value = (body as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : null;
}
