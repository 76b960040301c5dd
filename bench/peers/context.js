// What resolvers share within one request: its data loaders and its viewer.
import DataLoader from 'dataloader'
import { findViewer, run } from './database.js'

// arrangements put the rows of a statement in the order of its keys.
const arrangements = {
  // The rows with the key's place in ord, counted from one.
  ranked(rows, keys) {
    const lists = keys.map(() => [])
    for (const row of rows) {
      lists[row.ord - 1].push(row)
    }
    return lists
  },
  // The rows with the key in post_id.
  ofPost(rows, keys) {
    const byPost = new Map(keys.map((key) => [key, []]))
    for (const row of rows) {
      byPost.get(row.post_id).push(row)
    }
    return keys.map((key) => byPost.get(key))
  },
}

// byId puts rows in the order of their ids.
function byId(rows, ids) {
  const found = new Map(rows.map((row) => [row.id, row]))
  return ids.map((id) => found.get(id) ?? null)
}

// newContext makes the context of a request from its headers.
export async function newContext(headers) {
  const name = headers['weft-viewer']
  const loaders = new Map()
  const loaderOf = (statement, batch) => {
    let loader = loaders.get(statement)
    if (!loader) {
      loaders.set(statement, (loader = new DataLoader(batch)))
    }
    return loader
  }
  return {
    viewer: name ? await findViewer(name) : null,
    // load reads one key by a statement that takes many.
    load(statement, arrangement, key) {
      const arrange = arrangements[arrangement]
      return loaderOf(statement, async (keys) => arrange(await run(statement, [keys]), keys)).load(key)
    },
    // loadById reads one row by statements for one id and for many.
    loadById({ one, many }, id) {
      return loaderOf(many, async (ids) =>
        byId(ids.length === 1 ? await run(one, ids) : await run(many, [ids]), ids)).load(id)
    },
  }
}
