// The statements, which are Weft's: each reads the columns that the selection
// needs.
import { Kind } from 'graphql'
import { prepared } from './database.js'

const columns = {
  users: {
    id: 'id', createdAt: 'created_at', username: 'username', name: 'name', bio: 'bio', avatarUrl: 'avatar_url',
    role: 'role',
  },
  posts: {
    id: 'id', title: 'title', body: 'body', excerpt: 'excerpt', publishedAt: 'published_at', score: 'score',
    author: 'author_id',
  },
  comments: { id: 'id', createdAt: 'created_at', body: 'body', author: 'author_id' },
}

const known = new WeakMap()

// remembered makes the statement of a field of a document once for each variant,
// such as the size of a page.
function remembered(info, variant, make) {
  const field = info.fieldNodes[0]
  let variants = known.get(field)
  if (!variants) {
    known.set(field, (variants = new Map()))
  }
  let statement = variants.get(variant)
  if (!statement) {
    variants.set(variant, (statement = prepared(make())))
  }
  return statement
}

// selected names the fields of the objects, those of a connection below nodes
// and edges.
function selected(info, nodes, names = new Set()) {
  for (const { selectionSet } of nodes) {
    for (const selection of selectionSet?.selections ?? []) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        selected(info, [info.fragments[selection.name.value]], names)
      } else if (selection.kind === Kind.INLINE_FRAGMENT || ['nodes', 'edges', 'node'].includes(selection.name.value)) {
        selected(info, [selection], names)
      } else {
        names.add(selection.name.value)
      }
    }
  }
  return names
}

// selects tells which of the fields the selection has itself.
export const selects = (info, ...fields) =>
  info.fieldNodes.some(({ selectionSet }) => has(info, selectionSet, fields))

const has = (info, { selections }, fields) =>
  selections.some((s) =>
    s.kind === Kind.FIELD
      ? fields.includes(s.name.value)
      : has(info, (s.kind === Kind.FRAGMENT_SPREAD ? info.fragments[s.name.value] : s).selectionSet, fields))

// list writes the columns of a table that the selection needs, and those that
// the list needs anyway.
function list(info, table, ...anyway) {
  const names = selected(info, info.fieldNodes)
  return Object.entries(columns[table])
    .filter(([field]) => field === 'id' || names.has(field) || anyway.includes(field))
    .map(([, column]) => `${table[0]}.${column}`)
    .join(', ')
}

// usersById has a statement for one id and another for many.
export const usersById = (info) => ({
  one: remembered(info, 1, () => `SELECT ${list(info, 'users')} FROM users u WHERE u.id = $1`),
  many: remembered(info, 0, () => `SELECT ${list(info, 'users')} FROM unnest($1::uuid[]) AS k(id) JOIN users u ON u.id = k.id`),
})

export const newestUsers = (info, size) =>
  remembered(info, size, () =>
    `SELECT ${list(info, 'users', 'createdAt')} FROM users u ORDER BY u.created_at DESC, u.id DESC LIMIT ${size}`)

const published = "p.status = 'PUBLISHED' AND p.parent_id IS NULL"

export const newestPosts = (info, size) =>
  remembered(info, size, () =>
    `SELECT ${list(info, 'posts', 'publishedAt')} FROM posts p WHERE ${published}` +
    ` ORDER BY p.published_at DESC, p.id DESC LIMIT ${size}`)

export const postsAfter = (info, size) =>
  remembered(info, `after ${size}`, () =>
    `SELECT ${list(info, 'posts', 'publishedAt')} FROM posts p WHERE ${published}` +
    ` AND (p.published_at, p.id) < ($1, $2) ORDER BY p.published_at DESC, p.id DESC LIMIT ${size}`)

const parents = 'unnest($1::uuid[]) WITH ORDINALITY AS k(id, ord)'

const each = `SELECT k.ord, x.* FROM ${parents} CROSS JOIN LATERAL`

const commentCount = '(SELECT count(*) FROM (SELECT 1 FROM comments c WHERE c.post_id = k.id LIMIT 10000) bounded)'

const eachCounted =
  `SELECT k.ord, k.total, x.* FROM (SELECT k.id, k.ord, ${commentCount} AS total FROM ${parents} OFFSET 0) k CROSS JOIN LATERAL`

export const postsOfUsers = (info, size) =>
  remembered(info, size, () =>
    `${each} (SELECT ${list(info, 'posts', 'publishedAt')} FROM posts p WHERE p.author_id = k.id AND ${published}` +
    ` ORDER BY p.published_at DESC, p.id DESC LIMIT ${size}) x`)

export const commentsOfPosts = (info, size, counted) =>
  remembered(info, size, () =>
    `${counted ? eachCounted : each} (SELECT ${list(info, 'comments', 'createdAt')} FROM comments c WHERE c.post_id = k.id` +
    ` ORDER BY c.created_at, c.id LIMIT ${size}) x`)

export const tagsOfPosts = prepared(
  'SELECT pt.post_id, t.id, t.name FROM post_tags pt JOIN tags t ON t.id = pt.tag_id WHERE pt.post_id = ANY($1::uuid[])')

export const commentCounts = prepared(`SELECT k.ord, ${commentCount} AS total FROM ${parents}`)

export const postStatus = prepared(
  "SELECT p.id, p.status FROM posts p WHERE p.id = $1 AND (p.status = 'PUBLISHED' OR p.author_id = $2)")

export const insertComment = prepared(
  'INSERT INTO "comments" ("created_at", "updated_at", "body", "author_id", "post_id", "id") VALUES ($1, $2, $3, $4, $5, $6)')
