// How long to wait before the next try: full jitter, so that a thousand pages do not come back at the same moment.

const FIRST_MS = 400;
const MOST_MS = 10_000;

/** Milliseconds before try number `attempt` (from 0); `random` is in [0, 1). */
export function backoffMs(attempt: number, random: number): number {
  const ceiling = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(attempt, 16));
  return Math.floor(random * ceiling);
}
