// Writes schema.ts, the types of the REST contract, from the server's OpenAPI document:
// `npm run generate -w @twinline/api`. The result is committed; a test fails when it is not up to date.

import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';

export const documentUrl = new URL(process.env['TWINLINE_OPENAPI'] ?? '../../api/openapi.json', import.meta.url);
export const schemaUrl = new URL('schema.ts', import.meta.url);

/** The text that schema.ts must have for a document. */
export async function generate() {
  const nodes = await openapiTS(JSON.parse(await readFile(documentUrl, 'utf8')));
  return `// Types of the REST contract, generated from server/api/openapi.json by generate.mjs. Not to be edited.\n\n${astToString(nodes)}`;
}

if (process.argv[1] === new URL(import.meta.url).pathname) await writeFile(schemaUrl, await generate());
