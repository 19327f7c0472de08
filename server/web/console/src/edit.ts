// How an edit travels: the ETag of the version that was seen, and a key that makes a repeated request act once.

/** The `If-Match` of a version. */
export const match = (version: number) => `"${version}"`;

/** A fresh `Idempotency-Key`. */
export function freshKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
