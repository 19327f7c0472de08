// The fields of an edit dialog, and what is typed into them.

export type Draft = Record<string, string | number | boolean | string[] | null | undefined>;

/** Values with their names, in order. */
type Options = readonly (readonly [value: string, name: string])[];

interface Common {
  name: string;
  label: string;
  hint?: string;
}

export type Field =
  | (Common & {
      kind: 'text' | 'number' | 'password';
      required?: boolean;
      /** Shown and not changed. */
      fixed?: boolean;
      min?: number;
      max?: number;
    })
  | (Common & { kind: 'tick' })
  | (Common & { kind: 'one'; options: Options })
  | (Common & { kind: 'many'; options: Options });

export const text = (value: Draft[string]): string => (typeof value === 'string' ? value.trim() : '');
export const textOrNull = (value: Draft[string]): string | null => text(value) || null;
export const whole = (value: Draft[string], otherwise: number): number =>
  typeof value === 'number' && Number.isFinite(value) ? Math.round(value) : otherwise;
export const wholeOrNull = (value: Draft[string]): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? Math.round(value) : null;
