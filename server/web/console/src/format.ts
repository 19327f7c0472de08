// Times and lengths as the console writes them. The zone is the reader's, and it is always named.

/** `4:31`, `1:04:31`. */
export function length(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** Length from a point inside a recording or timeline, with tenths. */
export function offset(ms: number): string {
  return `${length(ms)}.${Math.floor((Math.max(0, ms) % 1000) / 100)}`;
}

/** Swedish writes dates and times as ISO 8601 does: no reader takes the month for the day. */
const ISO = 'sv-SE';

/** `2026-11-20 09:12:00 GMT+9`: date and time with the zone. */
export function moment(at: string | number, language: string): string {
  const date = new Date(at);
  return `${new Intl.DateTimeFormat(ISO, { dateStyle: 'short', timeStyle: 'medium' }).format(date)} ${zone(language, date)}`;
}

/** `11-20 09:12`, for a table whose head names the zone. */
export function shortMoment(at: string | number): string {
  const text = new Intl.DateTimeFormat(ISO, { dateStyle: 'short', timeStyle: 'short' }).format(new Date(at));
  return text.slice('2026-'.length);
}

/** `14:02:11` */
export function timeOfDay(at: number): string {
  return new Intl.DateTimeFormat(ISO, { timeStyle: 'medium' }).format(at);
}

/** Name of the reader's zone at a moment, for example `GMT+9`. */
export function zone(language: string, at = new Date()): string {
  const parts = new Intl.DateTimeFormat(language, { timeZoneName: 'short' }).formatToParts(at);
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
}
