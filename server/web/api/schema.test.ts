// The generated types are those of the server's document as it stands.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { documentUrl, generate, schemaUrl } from './generate.mjs';

describe.skipIf(!existsSync(documentUrl))('the client', () => {
  it('is generated from the server’s present document (npm run generate -w @twinline/api)', async () => {
    expect(await generate()).toBe(readFileSync(schemaUrl, 'utf8'));
  });
});
