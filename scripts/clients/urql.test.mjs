// urql with its own exchanges.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Client, fetchExchange, mapExchange, stringifyDocument } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
import { retryExchange } from '@urql/exchange-retry';
import { folder, pick, policy, serve, small, spend, wire } from './server.mjs';

// As front ends are deployed; in development urql takes no documents that are
// ids alone.
process.env.NODE_ENV = 'production';

const newestPosts = pick('NewestPosts');
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

const client = (url, log, exchanges = [], options = {}) =>
  new Client({ url, fetch: log.fetch, exchanges: [...exchanges, fetchExchange], preferGetMethod: false, ...options });

const ask = async (urql, document = newestPosts) => {
  const { data, error, extensions } = await urql.query(document, { first: 3 }).toPromise();
  assert.equal(error, undefined);
  assert.equal(data.posts.nodes.length, 3);
  return extensions;
};

for (const preferGetForPersistedQueries of [false, true]) {
  const method = preferGetForPersistedQueries ? 'GET' : 'POST';
  const persisted = () => persistedExchange({ preferGetForPersistedQueries, enableForMutation: true });

  test(`urql: automatic persisted queries by ${method}`, async (t) => {
    const uri = await serve(t);
    const log = wire();
    await ask(client(uri, log, [persisted()]));
    assert.deepEqual(log.steps(), [`${method} hash PERSISTED_QUERY_NOT_FOUND`, `${method} hash+text 200`]);
    log.clear();
    await ask(client(uri, log, [persisted()]));
    assert.deepEqual(log.steps(), [`${method} hash 200`]);
  });

  test(`urql: persisted queries are off, by ${method}`, async (t) => {
    const uri = await serve(t, { PERSISTED_MODE: 'off' });
    const log = wire();
    const urql = client(uri, log, [persisted()]);
    await ask(urql);
    await ask(urql);
    assert.equal(log.steps()[0], `${method} hash PERSISTED_QUERY_NOT_SUPPORTED`);
    // It has learned it, and sends documents whole.
    assert.deepEqual(log.steps().slice(1), [`${method} text 200`, 'POST text 200']);
  });
}

test('urql: a mutation by hash', async (t) => {
  const uri = await serve(t);
  const log = wire();
  const urql = client(uri, log, [persistedExchange({ enableForMutation: true })], { fetchOptions: { headers: { 'Weft-Viewer': 'alice' } } });
  const { data } = await urql.query(newestPosts, { first: 1 }).toPromise();
  log.clear();
  for (const body of ['first', 'second']) {
    const answer = await urql.mutation(pick('Comment'), { input: { postId: data.posts.nodes[0].id, body } }).toPromise();
    assert.equal(answer.data?.addComment.comment.body, body, String(answer.error));
  }
  assert.deepEqual(log.steps(), ['POST hash PERSISTED_QUERY_NOT_FOUND', 'POST hash+text 200', 'POST hash 200']);
});

for (const mode of ['safelist', 'id_only']) {
  test(`urql: trusted documents in mode ${mode}`, async (t) => {
    // Documents as code generators make them: ids alone.
    const text = stringifyDocument(newestPosts);
    const file = join(folder(), 'manifest.json');
    writeFileSync(file, JSON.stringify({ 'app:NewestPosts': text }));
    const uri = await serve(t, { PERSISTED_MODE: mode, PERSISTED_MANIFEST: file });
    for (const documentId of ['app:NewestPosts', `sha256:${sha256(text)}`]) {
      for (const preferGetMethod of [false, 'force']) {
        const log = wire();
        await ask(client(uri, log, [], { preferGetMethod }), { kind: 'Document', definitions: [], documentId });
        assert.deepEqual(log.steps(), [`${preferGetMethod ? 'GET' : 'POST'} id 200`]);
      }
    }
    // And by hash alone, with nothing to fall back on.
    const log = wire();
    const urql = client(uri, log, [persistedExchange({ enforcePersistedQueries: true, preferGetForPersistedQueries: false })]);
    await ask(urql);
    assert.deepEqual(log.steps(), ['POST hash 200']);
    log.clear();
    const { error } = await client(uri, log).query('query Stranger { users(first: 1) { nodes { name } } }', {}).toPromise();
    assert.equal(error.graphQLErrors[0].extensions.code, mode === 'safelist' ? 'PERSISTED_QUERY_NOT_IN_LIST' : 'PERSISTED_QUERY_ID_REQUIRED');
  });
}

test('urql: retryExchange comes again until the budget is back', async (t) => {
  const uri = await serve(t, { COST_POLICY: policy(small) });
  await spend(uri);
  const log = wire();
  const retry = retryExchange({
    maxNumberAttempts: 5,
    retryIf: (error) => [429, 503].includes(error.response?.status),
  });
  await ask(client(uri, log, [retry]));
  assert.equal(log.steps()[0], 'POST text RATE_LIMITED');
  assert.match(log.seen[0].retryAfter, /^[12]$/);
  assert.equal(log.steps().at(-1), 'POST text 200');
});

test('urql: extensions.cost is read', async (t) => {
  const uri = await serve(t);
  const seen = [];
  const reading = mapExchange({ onResult: ({ extensions }) => void seen.push(extensions.cost) });
  const { cost } = await ask(client(uri, wire(), [reading]));
  assert.ok(cost.actualQueryCost > 0 && cost.actualQueryCost <= cost.requestedQueryCost);
  assert.deepEqual(seen, [cost]);
});
