// For tests: checks the answers of a server against their description, with the server's own validator.
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { OPENAPI } from '../services/description.ts'

type Schemas = typeof OPENAPI.components.schemas
type Content = Readonly<Record<string, { readonly schema: object }>>
type Described = { readonly responses: Readonly<Record<string, { readonly content?: Content }>> }

/** How a value violates a schema (or one of the description, by name); null if it is valid. */
type Misfit = (schema: object | keyof Schemas, value: unknown) => string | null

const JSON_TYPE = /^application\/(problem\+)?json$/
/** Not described, because it is never intended. */
const INTERNAL_ERROR = 500

export const misfit = await schemaChecker()

async function schemaChecker(): Promise<Misfit> {
  const exact = {
    strict: false,
    coerceTypes: false,
    removeAdditional: false,
    useDefaults: false,
    allErrors: true,
  }
  const app = Fastify({ ajv: { customOptions: exact } })
  app.addSchema({ $id: 'tally', components: OPENAPI.components })
  let request: FastifyRequest | undefined
  app.get('/', async (given) => {
    request = given
    return ''
  })
  await app.inject('/')
  const validators = new Map<string, ReturnType<FastifyRequest['compileValidationSchema']>>()
  return (schema, value) => {
    const whole = typeof schema === 'string' ? { $ref: `#/components/schemas/${schema}` } : schema
    const text = JSON.stringify(whole).replaceAll('"#/components/', '"tally#/components/')
    const validate = validators.get(text) ?? request!.compileValidationSchema(JSON.parse(text))
    validators.set(text, validate)
    return validate(value) ? null : JSON.stringify(validate.errors)
  }
}

/** From now on, an answer of a described route that does not fit its description becomes one of status 500. */
export function checkAnswers(app: FastifyInstance): void {
  app.addHook('onSend', async ({ method, routeOptions: { url } }, reply, payload) => {
    const described = descriptionOf(method, url)
    if (described === undefined || reply.statusCode === INTERNAL_ERROR) return payload
    const response = described.responses[reply.statusCode]
    if (response !== undefined && response.content === undefined && !payload) return payload
    const mediaType = String(reply.getHeader('content-type')).split(';')[0]!
    const content = response?.content?.[mediaType]
    const name = `${reply.statusCode} ${mediaType} of ${method} ${url}`
    if (content === undefined) throw new Error(`${name} is not described`)
    const fault = JSON_TYPE.test(mediaType) ? misfit(content.schema, JSON.parse(String(payload))) : null
    if (fault !== null) throw new Error(`${name} is not as described: ${fault}\n${payload}`)
    return payload
  })
}

function descriptionOf(method: string, url = ''): Described | undefined {
  const paths = OPENAPI.paths as unknown as Readonly<Record<string, Readonly<Record<string, Described>>>>
  return paths[url.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()]
}
