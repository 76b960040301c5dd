// An explanation as rows of a tree. A row is a field that asked a database, the
// rows that are kept, or a resolver of its own that took something; what other
// fields cost is counted at the row that they are below.

// What a resolver without a statement or points may take and still be told of in
// passing; in milliseconds.
const hardly = 1;

const above = (path) => path.slice(0, Math.max(path.lastIndexOf('.'), 0));

// grow returns the rows in the order of the tree, each with its depth, the
// statements that no field asked for, the paths of resolvers that took nothing,
// and what the rows come to.
export function grow(explain) {
  const { statements = [], fields = [], points = [], rows: kept = [] } = explain;
  const nodes = new Map();
  const node = (path) => {
    if (!nodes.has(path)) {
      nodes.set(path, { path, statements: [], kept: [], shared: [], own: [], points: undefined, atMost: undefined });
    }
    return nodes.get(path);
  };

  // Who has a row. A statement for several fields is shown at the first of them.
  const outside = [];
  for (const statement of statements) {
    const [first, ...others] = statement.paths ?? [];
    if (first === undefined) {
      outside.push(statement);
      continue;
    }
    node(first).statements.push(statement);
    for (const path of others) node(path).shared.push({ loader: statement.loader, at: first });
  }
  for (const k of kept) {
    const [first] = k.paths ?? [];
    if (first !== undefined) node(first).kept.push(k);
  }
  for (const field of fields) {
    if (field.ms > 0 || field.failed > 0 || nodes.has(field.path)) node(field.path).own.push(field);
  }

  // What the others cost goes to the row above them.
  const root = { path: '', points: undefined, atMost: undefined };
  const rowOf = (path) => {
    for (let at = path; at !== ''; at = above(at)) if (nodes.has(at)) return nodes.get(at);
    return root;
  };
  for (const f of fields) {
    const row = rowOf(f.path);
    row.points = (row.points ?? 0) + f.points;
  }
  for (const p of points) {
    const row = rowOf(p.path);
    row.atMost = (row.atMost ?? 0) + p.points;
  }

  const free = [...nodes.values()].filter(tookNothing).map((n) => n.path);
  free.forEach((path) => nodes.delete(path));

  // Children in the order in which their fields stand in the document, as far
  // as the explanation has it.
  const order = new Map();
  for (const path of [...points, ...fields].map((x) => x.path).concat(...statements.map((s) => s.paths ?? []))) {
    for (let at = path; at !== ''; at = above(at)) if (!order.has(at)) order.set(at, order.size);
  }
  const inOrder = (a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0);
  const children = new Map([[root, []]]);
  for (const n of nodes.values()) children.set(n, []);
  for (const n of nodes.values()) children.get(rowOf(above(n.path))).push(n);
  const rows = [];
  const walk = (parent, depth) => {
    children.get(parent).sort((a, b) => inOrder(a.path, b.path));
    for (const n of children.get(parent)) {
      const name = parent === root ? n.path : n.path.slice(parent.path.length + 1);
      rows.push({ ...n, ...summed(n), name, depth });
      walk(n, depth + 1);
    }
  };
  walk(root, 0);
  return { rows, outside, free: free.sort(inOrder), root, levels: new Set(rows.map((r) => r.level)).size };
}

const tookNothing = ({ statements, kept, shared, own, points, atMost }) =>
  statements.length + kept.length + shared.length === 0 && !points && !atMost && own.every((f) => !f.failed && f.ms < hardly);

const sum = (list, of) => list.reduce((total, x) => total + of(x), 0);

function summed({ statements, kept, shared, own }) {
  const loaders = [...statements, ...kept, ...shared].map((s) => s.loader);
  const [first] = [...statements, ...kept, ...own];
  return {
    level: first?.level ?? 0,
    loader: [...new Set(loaders)].join(', '),
    keys: kept.length ? sum(kept, (k) => k.keys) : statements.length ? sum(statements, (s) => s.keys) : undefined,
    rows: statements.length ? sum(statements, (s) => s.rows) : undefined,
    // A resolver waits for the other fields of its level too, its statement not.
    ms: statements.length ? sum(statements, (s) => s.ms) : sum(own, (f) => f.ms),
    hits: kept.length ? sum(kept, (k) => k.hits) : undefined,
    failed: sum(own, (f) => f.failed ?? 0),
  };
}

// laid breaks a statement into lines before its clauses, outside of what is
// quoted.
export function laid(sql) {
  const clause = /('(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`)|\s+(?=(?:SELECT|FROM|WHERE|ORDER BY|GROUP BY|HAVING|LIMIT|UNION|(?:LEFT |CROSS |INNER )?JOIN|VALUES|SET|ON CONFLICT|RETURNING)\b)(?<!(?:LEFT|CROSS|INNER) )/g;
  return sql.trim().replace(clause, (match, quoted) => quoted ?? '\n');
}

// outcome says in words what the cache of answers did, from a Cache-Status.
export function outcome(status) {
  if (!status) return '';
  const parts = status.split(';').map((part) => part.trim());
  const detail = parts.find((part) => part.startsWith('detail='))?.slice('detail='.length);
  if (parts.includes('hit')) return 'the answer was known';
  if (parts.includes('fwd=method')) return 'not asked: answers to mutations are not kept';
  if (parts.includes('fwd=uri-miss')) return parts.includes('stored') ? 'not known, and now kept' : 'not known';
  const why = { explain: 'an explained operation always runs', uncacheable: 'answers to this operation are not kept', position: 'it may be behind what was written' };
  return `not asked: ${why[detail] ?? detail ?? 'passed over'}`;
}
