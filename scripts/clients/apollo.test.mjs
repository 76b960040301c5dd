// Apollo Client 4 with its own links.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from '@apollo/client/core';
import { ErrorLink } from '@apollo/client/link/error';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { RetryLink } from '@apollo/client/link/retry';
import { generatePersistedQueryIdsAtRuntime, generatePersistedQueryIdsFromManifest } from '@apollo/persisted-query-lists';
import { delay, mergeMap, of, tap } from 'rxjs';
import { folder, pick, policy, serve, small, spend, wire } from './server.mjs';

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const newestPosts = { query: pick('NewestPosts'), variables: { first: 3 }, fetchPolicy: 'no-cache' };

// client has links before one that speaks HTTP.
function client(uri, log, links = [], http = {}) {
  return new ApolloClient({
    link: ApolloLink.from([...links, new HttpLink({ uri, fetch: log.fetch, ...http })]),
    cache: new InMemoryCache(),
    clientAwareness: { name: 'clients-test', version: '1' },
  });
}

for (const useGETForHashedQueries of [false, true]) {
  const method = useGETForHashedQueries ? 'GET' : 'POST';
  test(`Apollo: automatic persisted queries by ${method}`, async (t) => {
    const uri = await serve(t);
    const log = wire();
    const ask = () => client(uri, log, [new PersistedQueryLink({ sha256, useGETForHashedQueries })]).query(newestPosts);
    const { data } = await ask();
    assert.equal(data.posts.nodes.length, 3);
    assert.deepEqual(log.steps(), [`${method} hash PERSISTED_QUERY_NOT_FOUND`, 'POST hash+text 200']);
    log.clear();
    assert.deepEqual((await ask()).data, data);
    assert.deepEqual(log.steps(), [`${method} hash 200`]);
  });

  test(`Apollo: persisted queries are off, by ${method}`, async (t) => {
    const uri = await serve(t, { PERSISTED_MODE: 'off' });
    const log = wire();
    const apollo = client(uri, log, [new PersistedQueryLink({ sha256, useGETForHashedQueries })]);
    assert.equal((await apollo.query(newestPosts)).data.posts.nodes.length, 3);
    assert.equal((await apollo.query(newestPosts)).data.posts.nodes.length, 3);
    assert.equal(log.steps()[0], `${method} hash PERSISTED_QUERY_NOT_SUPPORTED`);
    // The client has learned it, and sends documents whole.
    assert.deepEqual(log.steps().slice(1), ['POST text 200', 'POST text 200']);
  });
}

test('Apollo: a mutation by hash', async (t) => {
  const uri = await serve(t);
  const log = wire();
  const headers = { 'Weft-Viewer': 'alice' };
  const apollo = client(uri, log, [new PersistedQueryLink({ sha256, useGETForHashedQueries: true })], { headers });
  const { data } = await apollo.query(newestPosts);
  log.clear();
  const mutate = (body) =>
    apollo.mutate({ mutation: pick('Comment'), variables: { input: { postId: data.posts.nodes[0].id, body } } });
  assert.equal((await mutate('first')).data.addComment.comment.body, 'first');
  assert.equal((await mutate('second')).data.addComment.comment.body, 'second');
  assert.deepEqual(log.steps(), ['POST hash PERSISTED_QUERY_NOT_FOUND', 'POST hash+text 200', 'POST hash 200']);
});

// manifest has Apollo's own program make one of app/, as a front end's build does.
function manifest(createOperationId = '') {
  const own = folder();
  const output = join(own, 'manifest.json');
  const config = join(own, 'persisted-query-manifest.config.cjs');
  writeFileSync(config, `module.exports = { documents: ['app/**/*.graphql'], output: ${JSON.stringify(output)}, ${createOperationId} };`);
  execFileSync('npx', ['generate-persisted-query-manifest', '--config', config], { cwd: import.meta.dirname });
  return { file: output, content: JSON.parse(readFileSync(output, 'utf8')) };
}

const stranger = { query: gql('query Stranger { users(first: 1) { nodes { name } } }'), fetchPolicy: 'no-cache' };

for (const mode of ['safelist', 'id_only']) {
  test(`Apollo: a manifest in mode ${mode}`, async (t) => {
    const { file, content } = manifest();
    assert.equal(content.operations.length, 3);
    const uri = await serve(t, { PERSISTED_MODE: mode, PERSISTED_MANIFEST: file });
    for (const [name, ids] of Object.entries({
      'at runtime': generatePersistedQueryIdsAtRuntime({ sha256 }),
      'from the manifest': generatePersistedQueryIdsFromManifest({ loadManifest: async () => content }),
    })) {
      for (const useGETForHashedQueries of [false, true]) {
        const log = wire();
        const apollo = client(uri, log, [new PersistedQueryLink({ ...ids, useGETForHashedQueries })]);
        assert.equal((await apollo.query(newestPosts)).data.posts.nodes.length, 3, name);
        assert.equal((await apollo.query({ query: pick('Tags') })).data.tags.nodes.length, 3, name);
        const method = useGETForHashedQueries ? 'GET' : 'POST';
        assert.deepEqual(log.steps(), [`${method} hash 200`, `${method} hash 200`], name);
      }
    }
    const refusal = mode === 'safelist' ? 'PERSISTED_QUERY_NOT_IN_LIST' : 'PERSISTED_QUERY_ID_REQUIRED';
    const log = wire();
    await assert.rejects(client(uri, log).query(stranger), CombinedGraphQLErrors);
    await assert.rejects(client(uri, log, [new PersistedQueryLink({ sha256 })]).query(stranger), CombinedGraphQLErrors);
    assert.deepEqual(log.steps(), [`POST text ${refusal}`, `POST hash ${refusal}`]);
    log.clear();
    // A document of the list, sent whole as clients print it.
    const whole = client(uri, log).query({ query: pick('Tags') });
    if (mode === 'safelist') assert.equal((await whole).data.tags.nodes.length, 3);
    else await assert.rejects(whole, CombinedGraphQLErrors);
  });
}

test('Apollo: a manifest with ids that are no hashes', async (t) => {
  const { file, content } = manifest("createOperationId: (query, { operationName }) => 'app/' + operationName + '@1'");
  assert.ok(content.operations.some(({ id }) => id === 'app/Tags@1'));
  const uri = await serve(t, { PERSISTED_MODE: 'id_only', PERSISTED_MANIFEST: file });
  for (const useGETForHashedQueries of [false, true]) {
    const log = wire();
    const ids = generatePersistedQueryIdsFromManifest({ loadManifest: async () => content });
    const apollo = client(uri, log, [new PersistedQueryLink({ ...ids, useGETForHashedQueries })]);
    assert.equal((await apollo.query(newestPosts)).data.posts.nodes.length, 3);
    assert.equal(log.steps().length, 1);
  }
});

test('Apollo: RetryLink waits for as long as Retry-After says', async (t) => {
  const uri = await serve(t, { COST_POLICY: policy(small) });
  await spend(uri);
  const log = wire();
  const waiting = new RetryLink({
    attempts: (count, operation, error) => count <= 2 && [429, 503].includes(error.statusCode),
    delay: (count, operation, error) => 1000 * Number(error.response.headers.get('Retry-After')),
  });
  // With application/json, answers with other statuses than 200 are errors of
  // the network to Apollo Client, and so RetryLink's.
  const apollo = client(uri, log, [waiting], { headers: { accept: 'application/json' } });
  assert.equal((await apollo.query(newestPosts)).data.posts.nodes.length, 3);
  assert.deepEqual(log.steps(), ['POST text RATE_LIMITED', 'POST text 200']);
  assert.match(log.seen[0].retryAfter, /^[12]$/);
});

test('Apollo: ErrorLink waits for as long as the error says', async (t) => {
  const uri = await serve(t, { COST_POLICY: policy(small) });
  await spend(uri);
  const log = wire();
  const waiting = new ErrorLink(({ error, operation, forward }) => {
    const seconds = CombinedGraphQLErrors.is(error) && error.errors[0].extensions?.retryAfter;
    if (seconds) return of(null).pipe(delay(1000 * seconds), mergeMap(() => forward(operation)));
  });
  assert.equal((await client(uri, log, [waiting]).query(newestPosts)).data.posts.nodes.length, 3);
  assert.deepEqual(log.steps(), ['POST text RATE_LIMITED', 'POST text 200']);
});

test('Apollo: a link reads extensions.cost', async (t) => {
  const uri = await serve(t);
  const told = [];
  const reading = new ApolloLink((operation, forward) => forward(operation).pipe(tap(({ extensions }) => told.push(extensions.cost))));
  await client(uri, wire(), [reading]).query(newestPosts);
  assert.equal(told.length, 1);
  const [{ requestedQueryCost, actualQueryCost, throttleStatus }] = told;
  assert.ok(actualQueryCost > 0 && actualQueryCost <= requestedQueryCost, JSON.stringify(told));
  assert.equal(throttleStatus.currentlyAvailable, throttleStatus.maximumAvailable - actualQueryCost);
});
