// Keys: Ctrl+Shift+digit by physical key, so that the Korean input mode and other layouts change nothing. Letters
// would clash with the browser's own (Ctrl+Shift+R reloads).

export type Shortcut = 'accept' | 'reject' | 'mute' | 'hold' | 'transfer' | 'keypad' | 'end' | 'finish' | 'status';

export const shortcuts: readonly [digit: number, what: Shortcut][] = [
  [1, 'accept'],
  [2, 'reject'],
  [3, 'mute'],
  [4, 'hold'],
  [5, 'transfer'],
  [6, 'keypad'],
  [7, 'end'],
  [8, 'finish'],
  [9, 'status'],
];

export type Key = Pick<KeyboardEvent, 'code' | 'ctrlKey' | 'shiftKey' | 'altKey' | 'metaKey' | 'isComposing' | 'repeat'>;

/** The shortcut that a key press means, if any. Keys of a half-composed syllable and held keys mean none. */
export function shortcutOf(key: Key): Shortcut | null {
  if (key.isComposing || key.repeat || !key.ctrlKey || !key.shiftKey || key.altKey || key.metaKey) return null;
  return shortcuts.find(([digit]) => key.code === `Digit${digit}`)?.[1] ?? null;
}

export function keysOf(what: Shortcut): string {
  const digit = shortcuts.find(([, other]) => other === what)?.[0] ?? '';
  return `Ctrl+Shift+${digit}`;
}
