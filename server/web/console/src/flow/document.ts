// A flow document as the console reads it: blocks with their branches, in the order in which a caller meets them.

export interface Branch {
  /** What leads here: a condition's value, an error's name, or null for the ordinary way on. */
  label: string | null;
  kind: 'next' | 'condition' | 'error';
  to: string;
}

export interface Block {
  id: string;
  kind: string;
  /** The parameters that tell most, as written in the document. */
  facts: string[];
  branches: Branch[];
}

export interface FlowDocument {
  start: string;
  /** In the order of a walk from the start; those that nothing leads to come last. */
  blocks: Block[];
  /** Ids of blocks that nothing leads to. */
  unreachable: string[];
}

/** Longest fact shown, in characters. */
const FACT_LENGTH = 80;

/** Reads the content of a flow; null when it is no document. */
export function readFlow(content: unknown): FlowDocument | null {
  const document = record(typeof content === 'string' ? parsed(content) : content);
  const actions = document && Array.isArray(document['Actions']) ? document['Actions'] : null;
  const start = document ? document['StartAction'] : null;
  if (actions === null || typeof start !== 'string') return null;
  const blocks = new Map<string, Block>();
  for (const action of actions) {
    const block = readBlock(record(action));
    if (block !== null) blocks.set(block.id, block);
  }
  const reached = walk(blocks, start);
  const unreachable = [...blocks.keys()].filter((id) => !reached.includes(id));
  const ordered = [...reached, ...unreachable].flatMap((id) => blocks.get(id) ?? []);
  return { start, blocks: ordered, unreachable };
}

function readBlock(action: Record<string, unknown> | null): Block | null {
  const id = action?.['Identifier'];
  const kind = action?.['Type'];
  if (action === null || typeof id !== 'string' || typeof kind !== 'string') return null;
  return { id, kind, facts: factsOf(record(action['Parameters'])), branches: branchesOf(record(action['Transitions'])) };
}

function branchesOf(transitions: Record<string, unknown> | null): Branch[] {
  if (transitions === null) return [];
  const branches: Branch[] = [];
  for (const condition of list(transitions['Conditions'])) {
    const to = condition['NextAction'];
    if (typeof to === 'string') branches.push({ label: conditionText(record(condition['Condition'])), kind: 'condition', to });
  }
  const next = transitions['NextAction'];
  if (typeof next === 'string') branches.push({ label: null, kind: 'next', to: next });
  for (const error of list(transitions['Errors'])) {
    const to = error['NextAction'];
    if (typeof to === 'string') branches.push({ label: String(error['ErrorType'] ?? ''), kind: 'error', to });
  }
  return branches;
}

const signs: Record<string, string> = {
  Equals: '=',
  NumberGreaterThan: '>',
  NumberGreaterOrEqualTo: '≥',
  NumberLessThan: '<',
  NumberLessOrEqualTo: '≤',
  TextStartsWith: '^',
  TextEndsWith: '$',
  TextContains: '∋',
};

function conditionText(condition: Record<string, unknown> | null): string {
  if (condition === null) return '';
  const operator = String(condition['Operator'] ?? '');
  const operands = Array.isArray(condition['Operands']) ? condition['Operands'].map(String).join(', ') : '';
  return `${signs[operator] ?? operator} ${operands}`.trim();
}

function factsOf(parameters: Record<string, unknown> | null): string[] {
  if (parameters === null) return [];
  return Object.entries(parameters).map(([name, value]) => {
    const text = `${name}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`;
    return text.length > FACT_LENGTH ? `${text.slice(0, FACT_LENGTH - 1)}…` : text;
  });
}

/** Ids in the order in which a walk meets them: conditions first, then the way on, then errors. */
function walk(blocks: ReadonlyMap<string, Block>, start: string): string[] {
  const seen = new Set<string>();
  const ahead = [start];
  while (ahead.length > 0) {
    const id = ahead.pop();
    const block = id === undefined ? undefined : blocks.get(id);
    if (block === undefined || seen.has(block.id)) continue;
    seen.add(block.id);
    for (const { to } of [...block.branches].reverse()) ahead.push(to);
  }
  return [...seen];
}

/** Branches of a block by the block they lead to: the graph draws one line for several that go the same way. */
export function bundled(branches: readonly Branch[]): { to: string; label: string | null; kind: Branch['kind'] }[] {
  const targets = [...new Set(branches.map(({ to }) => to))];
  return targets.map((to) => {
    const same = branches.filter((branch) => branch.to === to);
    const kind = same.some((branch) => branch.kind !== 'error') ? (same.some((b) => b.kind === 'next') ? 'next' : 'condition') : 'error';
    // The ordinary way needs no words; the conditions and errors that join it do not add any.
    const labels = kind === 'next' ? [] : same.flatMap(({ label }) => label ?? []);
    return { to, kind, label: labels.length === 0 ? null : labels.join(' · ') };
  });
}

/** `GetParticipantInput` → `Get participant input`. */
export function words(kind: string): string {
  const spaced = kind.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

function record(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
}

function list(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(record).filter((item) => item !== null) : [];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
