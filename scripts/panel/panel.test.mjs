// The panel of levels as a person sees it. docs/explain.md says what it shows.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { browser, folder, looked, serve, visit, weft } from './page.mjs';

// It refuses what is too dear, and for nothing else: the tests ask much at once.
const policy = join(folder(), 'policy.yaml');
writeFileSync(policy, 'mode: enforce\nroles:\n  anonymous: {capacity: 1000000, rate: 100000}\n');
const demo = await serve({ after }, ['-demo'], { COST_POLICY: policy });
const chrome = await browser({ after });

// cells are the texts of the rows: level, field, loader, keys, rows, ms, points.
const cells = (on) =>
  on.rows.evaluateAll((rows) =>
    rows.map((row) => {
      const text = (name) => row.querySelector(name).textContent;
      const loader = row.querySelector('.levels-loader');
      const [keys, rows, ms, points] = [...row.querySelectorAll('td')].map((cell) => cell.textContent);
      const field = text('.levels-name').slice(0, -loader.textContent.length);
      return { level: text('.levels-level'), field, loader: loader.textContent, keys, rows, ms, points };
    }),
  );

// readable looks at the panel as it is.
async function readable(on, when) {
  const { faults, least, texts } = await looked(on.panel);
  assert.deepEqual(faults, [], when);
  assert.ok(texts > 0, when);
  return least;
}

for (const colorScheme of ['light', 'dark']) {
  test(`the levels of an operation, ${colorScheme}`, async (t) => {
    const on = await visit(t, chrome, demo, { colorScheme });
    await on.example('UsersWithPosts');
    await on.toggle();
    await on.says('Run an operation to see its levels.');
    await readable(on, 'before');
    await on.run(/^query UsersWithPosts$/);

    const all = await cells(on);
    assert.deepEqual(
      all.map(({ level, field, loader }) => `${level} ${field} ${loader}`),
      [
        '0 users Users',
        '1 nodes.posts PostsByAuthor',
        '2 nodes.tags TagsByPost',
        '2 nodes.comments CommentsByPost',
        '3 totalCount computed',
        '3 nodes.author UserByID',
      ],
    );
    // What the same operation tells without the page.
    const document = readFileSync(join(import.meta.dirname, '../../graph/examples/02-users-with-posts.graphql'), 'utf8');
    const answer = await fetch(`${demo}graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'GraphQL-Explain': '1' },
      body: JSON.stringify({ query: document }),
    });
    const { explain, cost } = (await answer.json()).extensions;
    const number = (n) => n.toLocaleString('en');
    for (const row of all) {
      if (row.loader === 'computed') {
        assert.equal(row.field, 'totalCount', 'the statement above it counts');
        continue;
      }
      const { keys, rows } = explain.statements.find((s) => s.loader === row.loader);
      assert.equal(row.keys, keys > 0 ? number(keys) : '–', row.field);
      assert.equal(row.rows, number(rows), row.field);
      assert.match(row.ms, /^\d[\d,.]*$/, row.field);
    }
    const sum = all.reduce((total, { points }) => total + Number(points.replaceAll(',', '')), 0);
    const itself = /The operation itself: (\d+) points/.exec(await on.panel.innerText());
    assert.equal(sum + Number(itself[1]), cost.actualQueryCost, 'the rows and the operation are the whole');
    const total = await on.panel.locator('.levels-total').innerText();
    assert.match(total, /^5 statements · 4 levels · [\d.,]+ ms · /);
    assert.ok(total.endsWith(`${number(cost.actualQueryCost)} of at most ${number(cost.requestedQueryCost)} points`), total);

    const comments = on.rows.filter({ hasText: 'CommentsByPost' });
    const button = comments.getByRole('button');
    assert.equal(await on.details.count(), 0);
    await button.click();
    await on.says(/^SELECT k\.ord, k\.total, c\.id/);
    assert.equal(await button.getAttribute('aria-expanded'), 'true');
    assert.match(await on.details.innerText(), /CommentsByPost on sqlite: [^]*SELECT [^]*\nFROM [^]*\nWHERE c\.post_id/);
    const least = await readable(on, 'with a statement'); // the row is under the pointer too
    if (process.env.WEFT_SCREENSHOTS) await on.page.screenshot({ path: join(process.env.WEFT_SCREENSHOTS, `levels-${colorScheme}.png`) });
    await button.click();
    assert.equal(await on.details.count(), 0);
    assert.equal(await button.getAttribute('aria-expanded'), 'false');

    // The narrowest that it can be.
    const bar = on.panel.getByRole('separator');
    await bar.focus();
    for (let i = 0; i < 20; i++) await bar.press('ArrowRight');
    assert.equal(await bar.getAttribute('aria-valuenow'), '280');
    await button.click();
    await readable(on, 'narrow');
    t.diagnostic(`the least contrast is ${least.toFixed(2)}`);
    assert.deepEqual(on.faults, []);
  });
}

test('what took nothing is one line, not rows', async (t) => {
  const on = await visit(t, chrome, demo);
  // A busy machine may take longer for nothing, and so the time is set here.
  let ms = 0.02;
  await on.page.route('**/graphql', async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    for (const field of json.extensions?.explain?.fields ?? []) if (field.path === 'posts.pageInfo') field.ms = ms;
    await route.fulfill({ response, json });
  });
  await on.toggle();
  await on.run(/^query NewestPosts$/);
  assert.deepEqual((await cells(on)).map(({ field }) => field), ['posts', 'nodes.author', 'nodes.tags']);
  assert.match(await on.panel.innerText(), /Computed at no cost: posts\.pageInfo\n/);
  await readable(on);

  ms = 4;
  await on.run();
  await on.rows.filter({ hasText: 'pageInfo' }).waitFor();
  const row = (await cells(on)).at(-1);
  assert.equal(`${row.field} ${row.loader} ${row.ms} ${row.points}`, 'pageInfo computed 4.00 0');
});

test('an operation that is refused, in a small window', async (t) => {
  const on = await visit(t, chrome, demo, { viewport: { width: 900, height: 600 } });
  await on.toggle();
  await on.write('query Dear { users(first: 100) { nodes { posts(first: 100) { nodes { comments(first: 100) { nodes { id } } } } } } }');
  await on.run(/^query Dear was refused before it ran/);
  const dear = await on.panel.innerText();
  assert.match(dear, /refused before it ran \([A-Z_]+\): .*points/);
  assert.match(dear, /users\.nodes\.posts\.nodes\.comments\.nodes: 1,000,000 points/);
  await readable(on, 'too dear');
  const { width } = await on.page.locator('.graphiql-response').boundingBox();
  assert.ok(width > 200, `the answer has ${width} pixels beside the panel`);

  await on.write('query Wrong { nothing }');
  await on.run(/^query Wrong was refused before it ran/);
  assert.match(await on.panel.innerText(), /\(GRAPHQL_VALIDATION_FAILED\): .*nothing/);
  assert.equal(await on.rows.count(), 0);
  await readable(on, 'not in the schema');
});

test('an operation that ran while the panel was closed', async (t) => {
  const on = await visit(t, chrome, demo);
  await on.example('User'); // its answer is short enough to be seen whole
  await on.run();
  await on.answers('"extensions"');
  await on.toggle();
  await on.says('query User ran while this panel was closed. Run it again to see its levels.');
  await readable(on);
  await on.run(/^1 statement · 1 level · /);
  assert.deepEqual((await cells(on)).map(({ field, loader }) => `${field} ${loader}`), ['user UserByUsername']);
  // It is in the panel, and so not in the answer.
  assert.doesNotMatch(await on.answers('"extensions"'), /explain|statements/);
});

test('an operation with an error, and one without an answer', async (t) => {
  const on = await visit(t, chrome, demo, { colorScheme: 'dark' });
  await on.toggle();
  await on.example('CreatePost');
  await on.run('1 error: sign in first: this needs a viewer');
  const [row] = await cells(on);
  assert.equal(`${row.field}: ${row.loader}`, 'createPost: 1 failed');
  await on.rows.first().getByRole('button').click();
  await on.says('It made no statement.');
  await readable(on, 'with an error');
  await on.page.route('**/graphql', (route) => route.abort());
  await on.run(/^mutation CreatePost got no answer: /);
  await readable(on, 'without an answer');
});

test('in production, strangers read what it needs and administrators see the levels', async (t) => {
  const own = folder();
  const keys = join(own, 'keys.json');
  const settings = { ENV: 'production', JWT_KEYS_FILE: keys, DATABASE_URL: `sqlite:${join(own, 'weft.db')}`, PLAYGROUND: 'on', INTROSPECTION: 'on' };
  await weft(['keys', 'generate', '-file', keys]);
  const url = await serve(t, [], settings);
  const ask = async (query) => {
    const answer = await fetch(`${url}graphql`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ query }) });
    const { data, errors } = await answer.json();
    assert.ok(data, JSON.stringify(errors));
    return data;
  };
  const account = 'username: "ada", password: "correct horse battery"';
  await ask(`mutation { signUp(input: {${account}, email: "ada@example.org"}) { user { id } } }`);
  await weft(['users', 'grant', 'ADMIN', 'ada'], { WEFT_DATABASE_URL: settings.DATABASE_URL });
  const { signIn } = await ask(`mutation { signIn(input: {${account.replace('username', 'login')}}) { accessToken } }`);

  const on = await visit(t, chrome, url);
  await on.toggle();
  await on.says(/^This server explains operations to administrators only\./);
  await readable(on, 'before');
  await on.run();
  await on.answers('"posts"');
  await on.says(/^This server explains operations to administrators only\./);

  await on.headers({ 'GraphQL-Explain': '1' });
  await on.run('The server did not explain the operation to you.');
  await readable(on, 'not explained');

  await on.headers({ 'GraphQL-Explain': '1', Authorization: `Bearer ${signIn.accessToken}` });
  await on.run(/^\d+ statements?/);
  assert.match((await cells(on))[0].loader, /^Posts/);
  await on.answers('"explain"'); // who asked for it has it in the answer too
  await readable(on, 'for an administrator');
});
