// What the tests have in common: the server, and a look at what went over the
// wire.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, visit } from 'graphql';
import { folder, serve as start } from '../serve.mjs';

export { folder };

// serve starts the server with made-up data until the test t ends, and returns
// the URL of its endpoint. Settings are WEFT_ variables without the prefix.
export const serve = async (t, settings) => `${await start(t, ['-demo'], settings)}graphql`;

// policy writes the budgets of anonymous callers and returns the file's name.
export function policy(budget) {
  const file = join(folder(), 'policy.yaml');
  writeFileSync(file, `mode: enforce\nroles:\n  anonymous: ${JSON.stringify(budget)}\n`);
  return file;
}

// The documents of a front end.
const app = join(import.meta.dirname, 'app');
const documents = readdirSync(app)
  .map((name) => readFileSync(join(app, name), 'utf8'))
  .join('\n');
const all = parse(documents);

// pick is one operation of app/ with what it needs of
// the others.
export function pick(name) {
  const needed = new Set([name]);
  const definitions = all.definitions.filter((d) => d.name.value === name);
  for (const definition of definitions) {
    visit(definition, {
      FragmentSpread({ name: { value } }) {
        if (needed.has(value)) return;
        needed.add(value);
        definitions.push(...all.definitions.filter((d) => d.name.value === value));
      },
    });
  }
  return { kind: all.kind, definitions };
}

// wire is a fetch that notes each request: its method, what named the document,
// and the status of the answer.
export function wire() {
  const seen = [];
  const send = async (input, init) => {
    const url = new URL(String(input));
    const sent = init.body ? JSON.parse(init.body) : Object.fromEntries(url.searchParams);
    const extensions = typeof sent.extensions === 'string' ? JSON.parse(sent.extensions) : sent.extensions;
    const answer = await fetch(input, init);
    const body = await answer.clone().json();
    seen.push({
      method: init.method ?? 'GET',
      document: sent.query ? 'whole' : 'none',
      hash: extensions?.persistedQuery?.sha256Hash,
      id: sent.documentId,
      status: answer.status,
      code: body.errors?.[0].extensions.code,
      retryAfter: answer.headers.get('Retry-After'),
    });
    return answer;
  };
  // steps are the requests in short, such as "GET hash PERSISTED_QUERY_NOT_FOUND".
  const steps = () =>
    seen.map(({ method, document, hash, id, status, code }) => {
      const names = [id && 'id', hash && 'hash', document === 'whole' && 'text'].filter(Boolean).join('+');
      return `${method} ${names} ${code ?? status}`;
    });
  return { fetch: send, seen, steps, clear: () => seen.splice(0) };
}

// small is a budget that comes back in 2 seconds.
export const small = { capacity: 400, rate: 200, operation: 400 };

// spend uses the budget up to the last points, so that what comes next is
// refused.
export async function spend(uri) {
  for (let tries = 0; tries < 100; tries++) {
    const answer = await fetch(uri, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ query: '{ __typename }' }),
    });
    if (answer.status === 429) return;
    const { data, errors } = await answer.json();
    assert.equal(data?.__typename, 'Query', JSON.stringify(errors));
  }
  assert.fail('the budget is not used up');
}
