// What the panel knows of the last operation: the page's fetcher passes through
// here. While the panel is open it asks the server to explain, where the server
// explains to everybody, and takes the explanation out of the answer that
// GraphiQL shows. What the user asked for under Headers stays in the answer.

const header = 'GraphQL-Explain';

const listeners = new Set();
let last = { phase: 'none' };
let open = 0; // panels
let runs = 0;

function change(next) {
  last = next;
  listeners.forEach((listener) => listener());
}

export const lastOperation = {
  subscribe(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  get: () => last,
};

// opened tells that a panel is shown, until the returned function is called.
export function opened() {
  open++;
  return () => open--;
}

// explaining wraps a fetcher. Allowed tells whether the server explains to
// everybody.
export function explaining(fetcher, allowed) {
  return async (params, options) => {
    if (params.operationName === 'IntrospectionQuery') return fetcher(params, options); // GraphiQL's own
    const headers = options?.headers ?? {};
    const theirs = Object.keys(headers).some((name) => name.toLowerCase() === header.toLowerCase());
    const ours = allowed && open > 0 && !theirs;
    const about = { run: ++runs, asked: ours || theirs, ...described(params, options?.documentAST) };
    change({ ...about, phase: 'running' });

    let events = 0;
    const see = (answer) => {
      const parts = [answer].flat().filter((part) => part !== null && typeof part === 'object');
      events++;
      if (about.run === runs) change({ ...about, ...told(parts, last), events, phase: 'done' });
      if (ours) parts.forEach(hide);
      return answer;
    };
    const failed = (error) => {
      if (about.run === runs) change({ ...about, phase: 'failed', message: error?.message ?? String(error) });
      throw error;
    };
    try {
      const answer = await fetcher(params, ours ? { ...options, headers: { ...headers, [header]: '1' } } : options);
      return typeof answer?.[Symbol.asyncIterator] === 'function' ? each(answer, see, failed) : see(answer);
    } catch (error) {
      return failed(error);
    }
  };
}

async function* each(answers, see, failed) {
  try {
    for await (const answer of answers) yield see(answer);
  } catch (error) {
    failed(error);
  }
}

// described names the operation that runs.
function described({ operationName }, document) {
  const operations = document?.definitions?.filter((d) => d.kind === 'OperationDefinition') ?? [];
  const chosen = operations.find((o) => o.name?.value === operationName) ?? operations[0];
  return { kind: chosen?.operation ?? 'operation', name: chosen?.name?.value ?? operationName ?? '' };
}

// told is what an answer says. Later parts of one answer add to the first.
function told(parts, before) {
  const of = (pick) => parts.map(pick).find((value) => value !== undefined);
  const errors = parts.flatMap((part) => part.errors ?? []);
  const continued = before.run === runs && parts.length > 0 && parts.every((part) => !('data' in part) && ('incremental' in part || 'hasNext' in part));
  return {
    explain: of((part) => part.extensions?.explain) ?? (continued ? before.explain : undefined),
    cost: of((part) => part.extensions?.cost) ?? (continued ? before.cost : undefined),
    ran: continued || parts.some((part) => 'data' in part),
    errors: errors.length,
    message: errors[0]?.message,
    code: errors[0]?.extensions?.code,
  };
}

function hide(part) {
  if (!part.extensions?.explain) return;
  delete part.extensions.explain;
  if (Object.keys(part.extensions).length === 0) delete part.extensions;
}
