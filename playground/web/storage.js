// What GraphiQL keeps in the browser: tabs, theme and history, but no headers,
// which hold tokens. GraphiQL itself keeps them in its history.

const histories = ['graphiql:queries', 'graphiql:favorites'];

const own = () => Object.keys(localStorage).filter((key) => key.startsWith('graphiql:'));

export const storage = {
  getItem: (key) => localStorage.getItem(key),
  setItem(key, value) {
    localStorage.setItem(key, histories.includes(key) ? withoutHeaders(value) : value);
  },
  removeItem: (key) => localStorage.removeItem(key),
  clear: () => own().forEach((key) => localStorage.removeItem(key)),
  get length() {
    return own().length;
  },
};

function withoutHeaders(history) {
  return JSON.stringify(JSON.parse(history), (key, value) => (key === 'headers' ? undefined : value));
}

// On a first visit GraphiQL fills only its query editor from the first tab; it
// fills the others from what it finds here.
export function welcome(operation) {
  if (operation && localStorage.getItem('graphiql:tabState') === null) {
    localStorage.setItem('graphiql:query', operation.query);
    localStorage.setItem('graphiql:variables', operation.variables ?? '');
  }
}
