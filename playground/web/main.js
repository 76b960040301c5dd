import '@graphiql/react/setup-workers/vite';
import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import 'graphiql/graphiql.css';
import './page.css';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { storage, welcome } from './storage.js';

// The server writes its options into the page; those in index.html serve for
// `npx vite`.
const { endpoint, headers, operations } = JSON.parse(document.getElementById('options').textContent);

welcome(operations?.[0]);
createRoot(document.getElementById('graphiql')).render(
  createElement(GraphiQL, {
    fetcher: createGraphiQLFetcher({ url: endpoint }),
    storage,
    defaultTabs: operations?.map((operation) => ({ ...operation, headers })),
    defaultHeaders: headers,
    // The docs show descriptions and deprecations of everything.
    schemaDescription: true,
    inputValueDeprecation: true,
  }),
);
