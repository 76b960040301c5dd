// Relay's compiler and runtime. Its network layer is the application's own.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import relay from 'relay-runtime';
import { folder, policy, serve, small, spend, wire } from './server.mjs';

const { Environment, Network, RecordSource, Store, commitMutation, fetchQuery } = relay;

const source = `
import { graphql } from 'relay-runtime';

graphql\`
  query appPostsQuery($first: Int!) {
    posts(first: $first) {
      edges {
        node {
          ...app_line
          author { username }
        }
      }
    }
  }
\`;

graphql\`
  fragment app_line on Post {
    id
    title
  }
\`;

graphql\`
  mutation appCommentMutation($input: AddCommentInput!) {
    addComment(input: $input) {
      comment { id body }
    }
  }
\`;
`;

// compile has Relay's compiler read the schema that the server serves, and
// returns the file with the persisted documents and what it made of each.
async function compile(t, algorithm) {
  const own = folder();
  const uri = await serve(t);
  mkdirSync(join(own, 'src'));
  writeFileSync(join(own, 'package.json'), '{"type": "module"}');
  writeFileSync(join(own, 'schema.graphql'), await (await fetch(new URL('/schema.graphql', uri))).text());
  writeFileSync(join(own, 'src', 'app.js'), source);
  writeFileSync(join(own, 'persisted.json'), '{}');
  writeFileSync(
    join(own, 'relay.config.json'),
    JSON.stringify({
      src: './src',
      schema: './schema.graphql',
      language: 'javascript',
      eagerEsModules: true,
      ...(algorithm && { persistConfig: { file: './persisted.json', algorithm } }),
    }),
  );
  execFileSync(join(import.meta.dirname, 'node_modules', '.bin', 'relay-compiler'), ['relay.config.json'], { cwd: own });
  const artifact = async (name) => (await import(join(own, 'src', '__generated__', `${name}.graphql.js`))).default;
  return {
    file: join(own, 'persisted.json'),
    map: JSON.parse(readFileSync(join(own, 'persisted.json'), 'utf8')),
    posts: await artifact('appPostsQuery'),
    comment: await artifact('appCommentMutation'),
  };
}

// environment sends an operation's id where it has one, else its text, and
// comes again when the server says that the budget is used up.
function environment(uri, log, headers = {}) {
  const send = async (params, variables) => {
    for (;;) {
      const answer = await log.fetch(uri, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        body: JSON.stringify({ ...(params.id ? { documentId: params.id } : { query: params.text }), variables }),
      });
      if (answer.status !== 429) return answer.json();
      await pause(1000 * Number(answer.headers.get('Retry-After')));
    }
  };
  return new Environment({ network: Network.create(send), store: new Store(new RecordSource()) });
}

async function ask(env, query) {
  const data = await fetchQuery(env, query, { first: 3 }).toPromise();
  assert.equal(data.posts.edges.length, 3);
  const { __id: id } = data.posts.edges[0].node;
  assert.match(id, /^post_/);
  return id;
}

for (const algorithm of ['MD5', 'SHA256']) {
  for (const mode of ['safelist', 'id_only']) {
    test(`Relay: documents persisted with ${algorithm} in mode ${mode}`, async (t) => {
      const { file, map, posts, comment } = await compile(t, algorithm);
      assert.equal(Object.keys(map).length, 2);
      assert.ok(posts.params.id in map && posts.params.text === null);
      const uri = await serve(t, { PERSISTED_MODE: mode, PERSISTED_MANIFEST: file });
      const log = wire();
      const env = environment(uri, log, { 'Weft-Viewer': 'alice' });
      const postId = await ask(env, posts);
      const answer = await new Promise((onCompleted, onError) =>
        commitMutation(env, { mutation: comment, variables: { input: { postId, body: 'well said' } }, onCompleted, onError }),
      );
      assert.equal(answer.addComment.comment.body, 'well said');
      assert.deepEqual(log.steps(), ['POST id 200', 'POST id 200']);
    });
  }
}

test('Relay: documents sent whole, and 429 waited for', async (t) => {
  const { posts } = await compile(t);
  const uri = await serve(t, { COST_POLICY: policy(small) });
  await spend(uri);
  const log = wire();
  await ask(environment(uri, log), posts);
  assert.deepEqual(log.steps(), ['POST text RATE_LIMITED', 'POST text 200']);
});
