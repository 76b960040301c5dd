import { ApolloServer } from '@apollo/server'
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify'
import Fastify from 'fastify'
import { address } from './address.js'
import { newContext } from './context.js'
import { statements } from './database.js'
import { resolvers } from './resolvers.js'
import { typeDefs } from './schema.js'

const app = Fastify()
const apollo = new ApolloServer({ typeDefs, resolvers, plugins: [fastifyApolloDrainPlugin(app)] })
await apollo.start()
app.post('/graphql', fastifyApolloHandler(apollo, { context: (request) => newContext(request.headers) }))
app.get('/statements', async () => statements())
await app.listen(address)
