// What resolvers share within one request: its data loaders and its viewer.
import DataLoader from 'dataloader'
import { findViewer, run } from './database.js'

// arrangements put the rows of a statement in the order of its keys.
const arrangements = {
  // The row with the id.
  one(rows, keys) {
    const byId = new Map(rows.map((row) => [row.id, row]))
    return keys.map((key) => byId.get(key) ?? null)
  },
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

// newContext makes the context of a request from its headers.
export async function newContext(headers) {
  const name = headers['weft-viewer']
  const loaders = new Map()
  return {
    viewer: name ? await findViewer(name) : null,
    // load reads one key by a statement that takes many.
    load(statement, arrangement, key) {
      let loader = loaders.get(statement)
      if (!loader) {
        const arrange = arrangements[arrangement]
        loader = new DataLoader(async (keys) => arrange(await run(statement, [keys]), keys))
        loaders.set(statement, loader)
      }
      return loader.load(key)
    },
  }
}
