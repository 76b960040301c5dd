import '@graphiql/react/setup-workers/vite';
import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import 'graphiql/graphiql.css';
import './page.css';
import './levels.css';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { HISTORY_PLUGIN } from '@graphiql/plugin-history';
import { explaining } from './explain.js';
import { levelsPlugin } from './levels.jsx';
import { storage, welcome } from './storage.js';

// The server writes its options into the page; those in index.html serve for
// `npx vite`.
const { endpoint, headers, operations, explain = false } = JSON.parse(document.getElementById('options').textContent);

welcome(operations?.[0]);
createRoot(document.getElementById('graphiql')).render(
  createElement(GraphiQL, {
    fetcher: explaining(createGraphiQLFetcher({ url: endpoint }), explain),
    plugins: [HISTORY_PLUGIN, levelsPlugin(explain, storage)],
    storage,
    defaultTabs: operations?.map((operation) => ({ ...operation, headers })),
    defaultHeaders: headers,
    // The docs show descriptions and deprecations of everything.
    schemaDescription: true,
    inputValueDeprecation: true,
  }),
);
