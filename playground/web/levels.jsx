// A plugin of GraphiQL: the levels of the last operation, beside its answer.
import { Fragment, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { createPortal } from 'react-dom';
import { lastOperation, opened } from './explain.js';
import { grow, laid, outcome } from './tree.js';

// How many rows are drawn at first, and how much of a statement: a page has to
// stay quick whatever the operation did.
const shown = 100;
const characters = 20_000;
const deepest = 8;

export function levelsPlugin(allowed, storage) {
  return { title: 'Levels', icon: Icon, content: () => <Beside allowed={allowed} storage={storage} /> };
}

function Icon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round">
      <path d="M3 5h7M8 12h7M8 19h7M13 5h8M18 12h3M18 19h3M5 5v14h3M5 12h3" />
    </svg>
  );
}

// Beside puts the panel on the right of the answer; GraphiQL's own place for
// plugins, on the left of the editors, stays empty and folds away.
function Beside({ allowed, storage }) {
  const [place, setPlace] = useState(null);
  useEffect(() => setPlace(document.getElementById('graphiql-session')), []);
  useEffect(opened, []);
  return place && createPortal(<Panel allowed={allowed} storage={storage} />, place);
}

function Panel({ allowed, storage }) {
  const last = useSyncExternalStore(lastOperation.subscribe, lastOperation.get);
  const [width, setWidth] = useState(() => clamp(Number(storage.getItem('graphiql:levelsWidth')) || 440));
  const resize = (to) => {
    setWidth(clamp(to));
    storage.setItem('graphiql:levelsWidth', String(clamp(to)));
  };
  return (
    <section className="levels" aria-label="Levels of the last operation" style={{ flexBasis: width }}>
      <Bar width={width} resize={resize} />
      <div className="levels-body">
        <h2>Levels</h2>
        <Content key={last.run} last={last} allowed={allowed} />
      </div>
    </section>
  );
}

const clamp = (width) => Math.min(Math.max(width, 280), 900);

// Bar changes the width, by a pointer or by the arrow keys.
function Bar({ width, resize }) {
  const from = useRef(null);
  return (
    <div
      className="graphiql-horizontal-drag-bar"
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the levels"
      aria-valuenow={width}
      tabIndex={0}
      onPointerDown={(e) => {
        from.current = e.clientX + width;
        e.currentTarget.setPointerCapture(e.pointerId);
      }}
      onPointerMove={(e) => from.current !== null && resize(from.current - e.clientX)}
      onPointerUp={() => (from.current = null)}
      onKeyDown={(e) => {
        const by = { ArrowLeft: 20, ArrowRight: -20 }[e.key];
        if (by) resize(width + by);
      }}
    />
  );
}

function Content({ last, allowed }) {
  switch (last.phase) {
    case 'none':
      return allowed ? <p>Run an operation to see its levels.</p> : <HowTo />;
    case 'running':
      return <p>{titleOf(last)} is running.</p>;
    case 'failed':
      return <p className="levels-fault">{titleOf(last)} got no answer: {last.message}</p>;
  }
  if (last.explain) return <Explained last={last} />;
  if (!last.ran) {
    return (
      <>
        <p className="levels-fault">
          {titleOf(last)} was refused before it ran{last.code && <> (<code>{last.code}</code>)</>}: {last.message}
        </p>
        {last.cost?.paths && <Dearest paths={last.cost.paths} />}
      </>
    );
  }
  if (!allowed) return <HowTo asked={last.asked} />;
  return last.asked ? (
    <p>The server did not explain {titleOf(last)}.</p>
  ) : (
    <p>{titleOf(last)} ran while this panel was closed. Run it again to see its levels.</p>
  );
}

const titleOf = ({ kind, name }) => (name ? `${kind} ${name}` : `The ${kind}`);

function HowTo({ asked }) {
  return (
    <>
      {asked && <p className="levels-fault">The server did not explain the operation to you.</p>}
      <p>This server explains operations to administrators only. To see the levels, add this under <em>Headers</em>, with the access token of an administrator:</p>
      <pre>{'{\n  "Authorization": "Bearer …",\n  "GraphQL-Explain": "1"\n}'}</pre>
      <p>A server in development (<code>WEFT_ENV=development</code>) explains operations to everybody.</p>
    </>
  );
}

function Dearest({ paths }) {
  return (
    <ul className="levels-notes">
      {paths.slice(0, shown).map((p) => (
        <li key={p.path}>{p.path || 'the operation itself'}: {number(p.points)} points</li>
      ))}
    </ul>
  );
}

function Explained({ last }) {
  const { explain, cost } = last;
  const tree = useMemo(() => grow(explain), [explain]);
  const [limit, setLimit] = useState(shown);
  const slowest = Math.max(...tree.rows.slice(0, limit).map((r) => r.ms), 0.001);
  const databases = [...new Set((explain.statements ?? []).map((s) => s.database))];
  return (
    <>
      <p className="levels-title">
        {titleOf(last)}
        {last.events > 1 && `, answer ${number(last.events)}`}
      </p>
      <p className="levels-total">
        {[
          count(explain.statements?.length ?? 0, 'statement'),
          count(tree.levels, 'level'),
          `${milliseconds(explain.durationMs)} ms`,
          cost && `${number(cost.actualQueryCost)} of at most ${count(cost.requestedQueryCost, 'point')}`,
        ].filter(Boolean).join(' · ')}
      </p>
      {last.errors > 0 && <p className="levels-fault">{count(last.errors, 'error')}: {last.message}</p>}
      {explain.left && <p>It ran on gqlgen’s executor ({explain.left}), which counts no points by path.</p>}
      {tree.rows.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">Field and loader</th>
              <th scope="col">Keys</th>
              <th scope="col">Rows</th>
              <th scope="col">ms</th>
              <th scope="col">Points</th>
            </tr>
          </thead>
          <tbody>
            {tree.rows.slice(0, limit).map((row) => <Row key={row.path} row={row} slowest={slowest} />)}
          </tbody>
        </table>
      )}
      {tree.rows.length > limit && (
        <button type="button" className="levels-more" onClick={() => setLimit(limit + shown)}>
          Show {number(Math.min(shown, tree.rows.length - limit))} more of {number(tree.rows.length)} rows
        </button>
      )}
      {tree.rows.length === 0 && <p>No field asked a database.</p>}
      {tree.outside.length > 0 && <Outside statements={tree.outside} />}
      <ul className="levels-notes">
        {tree.root.atMost > 0 && <li>The operation itself: {count(tree.root.atMost, 'point')}</li>}
        {tree.free.length > 0 && <li>Computed at no cost: <Paths paths={tree.free} /></li>}
        {databases.length > 0 && <li>Read from: {databases.slice(0, shown).join(', ')}</li>}
        {explain.answer && <li>Cache of answers: {outcome(explain.answer)}</li>}
        {explain.feed && <li>Change feed: {explain.feed.whole ? 'whole' : 'not whole'}, at {explain.feed.applied}{explain.feed.fault && `, ${explain.feed.fault}`}</li>}
      </ul>
    </>
  );
}

function Row({ row, slowest }) {
  const [open, setOpen] = useState(false);
  const points = row.points ?? row.atMost;
  return (
    <>
      <tr className={open ? 'levels-open' : undefined}>
        <th scope="row" style={{ '--depth': Math.min(row.depth, deepest) }}>
          <button type="button" aria-expanded={open} title={row.path} onClick={() => setOpen(!open)}>
            <span className="levels-level" title={`level ${row.level}`}>{row.level}</span>
            <span className="levels-name">
              {row.name}
              <span className="levels-loader">
                {row.loader || (row.failed === 0 && 'computed')}
                {row.shared.length > 0 && row.statements.length === 0 && ` with ${row.shared[0].at}`}
                {row.hits !== undefined && ` · ${number(row.hits)} kept`}
                {row.failed > 0 && <>{row.loader && ' · '}<span className="levels-fault">{number(row.failed)} failed</span></>}
              </span>
            </span>
          </button>
        </th>
        <td>{number(row.keys || undefined)}</td>
        <td>{number(row.rows)}</td>
        <td><span className="levels-time" style={{ '--share': `${Math.round((100 * row.ms) / slowest)}%` }}>{milliseconds(row.ms)}</span></td>
        <td title={row.atMost === undefined ? undefined : `at most ${number(row.atMost)}`}>
          {row.points === undefined && row.atMost !== undefined && '≤ '}
          {number(points)}
        </td>
      </tr>
      {open && (
        <tr className="levels-detail">
          <td colSpan={5}><Detail row={row} /></td>
        </tr>
      )}
    </>
  );
}

function Detail({ row }) {
  return (
    <>
      <p>
        <code>{row.path}</code>, level {row.level}
        {row.own.slice(0, 5).map((f) => `; ${count(f.parents, f.type)}${f.objects ? ` gave ${count(f.objects, 'object')}` : ''}`)}
        {row.atMost !== undefined && `; at most ${count(row.atMost, 'point')}`}
      </p>
      {row.kept.map((k, i) => <p key={i}>{k.loader}: {number(k.hits)} of {count(k.keys, 'row')} kept in the row cache</p>)}
      {row.shared.map((s, i) => <p key={i}>{s.loader}: loaded together with <code>{s.at}</code></p>)}
      <Statements statements={row.statements} />
      {row.statements.length + row.kept.length + row.shared.length === 0 && <p>It made no statement.</p>}
    </>
  );
}

function Statements({ statements }) {
  const [limit, setLimit] = useState(10);
  return (
    <>
      {statements.slice(0, limit).map((s, i) => <Statement key={i} statement={s} />)}
      {statements.length > limit && (
        <button type="button" className="levels-more" onClick={() => setLimit(limit + shown)}>
          Show more of {number(statements.length)} statements
        </button>
      )}
    </>
  );
}

function Statement({ statement: s }) {
  const cut = s.sql.length > characters;
  return (
    <figure>
      <figcaption>
        <b>{s.loader || 'statement'}</b> on {s.database}{s.reason && ` (${s.reason})`}: {s.keys > 0 && `${count(s.keys, 'key')}, `}{count(s.rows, 'row')}, {milliseconds(s.ms)} ms
        {s.paths?.length > 1 && <>, for <Paths paths={s.paths} /></>}
      </figcaption>
      <pre tabIndex={0}>{laid(cut ? s.sql.slice(0, characters) : s.sql)}{cut && '\n…'}</pre>
    </figure>
  );
}

function Paths({ paths }) {
  return (
    <>
      {paths.slice(0, 10).map((p, i) => <Fragment key={p}>{i > 0 && ', '}<code>{p}</code></Fragment>)}
      {paths.length > 10 && ` and ${number(paths.length - 10)} more`}
    </>
  );
}

// Outside are statements that no field asked for, such as those that find out
// who is asking.
function Outside({ statements }) {
  const [open, setOpen] = useState(false);
  return (
    <div className="levels-outside">
      <button type="button" className="levels-more" aria-expanded={open} onClick={() => setOpen(!open)}>
        {count(statements.length, 'statement')} around the execution
      </button>
      {open && <Statements statements={statements} />}
    </div>
  );
}

const number = (n) => (n === undefined || n === null ? '–' : n.toLocaleString('en'));
const count = (n, what) => `${number(n)} ${what}${n === 1 ? '' : 's'}`;
const milliseconds = (ms) => (ms === undefined ? '–' : ms >= 100 ? number(Math.round(ms)) : ms.toFixed(ms >= 10 ? 1 : 2));
