// Peaks of the server as a drawing: one lane as an SVG path, mirrored around its middle.

/** Most bars of one lane; longer recordings are drawn with the loudest of each slice. */
const MOST_BARS = 600;

/** The lane as an SVG path in a box of `bars` × 2 units; peaks are 0–1. */
export function lane(peaks: readonly number[]): { path: string; bars: number } {
  const bars = Math.min(MOST_BARS, peaks.length);
  let path = '';
  for (let bar = 0; bar < bars; bar += 1) {
    const slice = peaks.slice(Math.floor((bar * peaks.length) / bars), Math.floor(((bar + 1) * peaks.length) / bars));
    const loudest = Math.min(1, Math.max(0.02, ...slice.map(Math.abs)));
    path += `M${bar + 0.5} ${(1 - loudest).toFixed(3)}V${(1 + loudest).toFixed(3)}`;
  }
  return { path, bars };
}
