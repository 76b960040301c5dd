import { randomUUID } from 'node:crypto'
import { GraphQLError } from 'graphql'
import { run } from './database.js'
import * as sql from './statements.js'
import { badInput, decodeCursor, decodeId, encodeCursor, encodeId } from './wire.js'

// page is a connection of one row more than was asked for, if there is one.
const page = (rows, first) => ({ rows: rows.slice(0, first), more: rows.length > first })

const author = (content, _, context, info) => context.loadById(sql.usersById(info), content.author_id)

async function addComment(_, { input }, { viewer }) {
  if (!viewer) {
    throw new GraphQLError('sign in to do this', { extensions: { code: 'UNAUTHENTICATED' } })
  }
  const [post] = await run(sql.postStatus, [decodeId('post_', input.postId), viewer.id])
  const body = input.body.trim()
  if (post?.status !== 'PUBLISHED' || body === '' || body.length > 2000) {
    throw badInput('this comment is not taken')
  }
  const now = new Date()
  const comment = { id: newId(now), body, created_at: now.toISOString(), author_id: viewer.id }
  await run(sql.insertComment, [comment.created_at, comment.created_at, body, viewer.id, post.id, comment.id])
  return { comment }
}

// newId makes a UUID of version 7.
function newId(now) {
  const time = now.getTime().toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}

export const resolvers = {
  Query: {
    user: (_, { id }, context, info) => context.loadById(sql.usersById(info), decodeId('user_', id)),
    users: async (_, { first }, __, info) => page(await run(sql.newestUsers(info, first + 1)), first),
    async posts(_, { first, after }, __, info) {
      if (!after) {
        return page(await run(sql.newestPosts(info, first + 1)), first)
      }
      const { at, id } = decodeCursor(after)
      return page(await run(sql.postsAfter(info, first + 1), [at, id]), first)
    },
  },
  Mutation: { addComment },
  User: {
    id: (user) => encodeId('user_', user.id),
    avatarUrl: (user) => user.avatar_url || null,
    createdAt: (user) => user.created_at,
    posts: async (user, { first }, context, info) =>
      page(await context.load(sql.postsOfUsers(info, first + 1), 'ranked', user.id), first),
  },
  Post: {
    id: (post) => encodeId('post_', post.id),
    publishedAt: (post) => post.published_at,
    author,
    async tags(post, _, context) {
      const tags = await context.load(sql.tagsOfPosts, 'ofPost', post.id)
      return tags.sort((a, b) => (a.name < b.name ? -1 : 1))
    },
    async comments(post, { first }, context, info) {
      if (!sql.selects(info, 'nodes')) {
        return { post }
      }
      const counted = sql.selects(info, 'totalCount')
      const rows = await context.load(sql.commentsOfPosts(info, first + 1, counted), 'ranked', post.id)
      return { rows: rows.slice(0, first), total: rows[0]?.total ?? 0 }
    },
  },
  Comment: {
    id: (comment) => encodeId('comment_', comment.id),
    createdAt: (comment) => comment.created_at,
    author,
  },
  Tag: { id: (tag) => encodeId('tag_', tag.id) },
  UserConnection: { nodes: (page) => page.rows },
  PostConnection: {
    nodes: (page) => page.rows,
    edges: (page) => page.rows.map((node) => ({ node })),
    pageInfo: (page) => page,
  },
  PostEdge: { cursor: ({ node }) => encodeCursor(node) },
  PageInfo: {
    hasNextPage: (page) => page.more,
    endCursor: (page) => (page.rows.length > 0 ? encodeCursor(page.rows.at(-1)) : null),
  },
  CommentConnection: {
    nodes: (page) => page.rows,
    totalCount: async ({ post, total }, _, context) =>
      total ?? (await context.load(sql.commentCounts, 'ranked', post.id))[0].total,
  },
}
