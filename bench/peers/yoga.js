import { createServer } from 'node:http'
import { createSchema, createYoga } from 'graphql-yoga'
import { address } from './address.js'
import { newContext } from './context.js'
import { statements } from './database.js'
import { resolvers } from './resolvers.js'
import { typeDefs } from './schema.js'

const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers }),
  context: ({ req }) => newContext(req.headers),
  logging: false,
  graphiql: false,
  landingPage: false,
})

createServer((request, response) => {
  if (request.url === '/statements') {
    response.end(JSON.stringify(statements()))
  } else {
    yoga(request, response)
  }
}).listen(address)
