// The socket's words here and in server/api/src/ws/ccp.rs are the same: names are compared as both files write them.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const rust = readFileSync(new URL('../../../server/api/src/ws/ccp.rs', import.meta.url), 'utf8').replace(/\/\/.*$/gm, '');
const script = readFileSync(new URL('./messages.ts', import.meta.url), 'utf8').replace(/\/\*\*[^]*?\*\/|\/\/.*$/gm, '');

/** The text between the braces that follow `head`. */
function body(text: string, head: string): string {
  const from = text.indexOf('{', text.indexOf(head));
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '{') depth += 1;
    if (text[at] === '}' && (depth -= 1) === 0) return text.slice(from + 1, at);
  }
  throw new Error(`${head} is not there`);
}

const snake = (name: string) => name.replace(/(?<=[a-z])([A-Z])/g, '_$1').toLowerCase();

/** Variants of an enum with their members, names as they travel. */
function variants(name: string): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const [, variant, members] of body(rust, `pub enum ${name} {`).matchAll(/([A-Z]\w+)\s*(?:\{([^}]*)\})?\s*,/g)) {
    found[snake(variant ?? '')] = [...(members ?? '').matchAll(/(\w+)\s*:/g)].map(([, member]) => member ?? '').sort();
  }
  return found;
}

/** The same of a union of our types, told apart by `tag`. */
function union(name: string, tag: string): Record<string, string[]> {
  const from = script.indexOf(`export type ${name} =`);
  const text = script.slice(from, script.indexOf(';\n\n', from));
  const found: Record<string, string[]> = {};
  for (const [, inner] of text.matchAll(/\{([^{}]*)\}/g)) {
    const word = new RegExp(`\\b${tag}: '(\\w+)'`).exec(inner ?? '')?.[1] ?? '';
    const members = [...(inner ?? '').matchAll(/(\w+)\??:/g)].map(([, member]) => member ?? '');
    found[word] = members.filter((member) => member !== tag).sort();
  }
  return found;
}

const members = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, member]) => member ?? '');

describe('the socket', () => {
  it.each([
    ['Command', 'do'],
    ['CcpRequest', 'type'],
    ['CcpMessage', 'type'],
  ])('%s has the same words on both sides', (name, tag) => {
    expect(Object.keys(variants(name)).length).toBeGreaterThan(2);
    expect(union(name, tag)).toEqual(variants(name));
  });

  it.each(['Desk', 'DeskAgent', 'DeskContact', 'DeskMedia', 'DeskQueue', 'DeskStatus', 'DeskQuickConnect', 'DeskRecent'])(
    '%s has the same members on both sides',
    (name) => {
      const theirs = members(body(rust, `pub struct ${name} {`), /pub (\w+):/g);
      expect(theirs.length).toBeGreaterThan(2);
      expect(members(body(script, `export interface ${name} {`), /(\w+)\??:/g)).toEqual(theirs);
    },
  );
});
