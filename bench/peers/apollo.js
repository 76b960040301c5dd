import { ApolloServer } from '@apollo/server'
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled'
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify'
import Fastify from 'fastify'
import { address } from './address.js'
import { newContext } from './context.js'
import { statements } from './database.js'
import { resolvers } from './resolvers.js'
import { typeDefs } from './schema.js'

const app = Fastify()
const apollo = new ApolloServer({
  typeDefs,
  resolvers,
  plugins: [
    fastifyApolloDrainPlugin(app),
    ApolloServerPluginCacheControlDisabled(), // no other server here works out how long an answer may be kept
  ],
})
await apollo.start()
app.post('/graphql', fastifyApolloHandler(apollo, { context: (request) => newContext(request.headers) }))
app.get('/statements', async () => statements())
await app.listen(address)
