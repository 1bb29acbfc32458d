// Which keys an operation takes, as the description says it: the roles that may call it (OpenAPI 3.2, "Security
// Requirement Object"). The empty alternative is for servers where keys are off.
import { ALLOWED, type Need, ROLES, type Role } from '../../lib/http/keys/known-key.ts'

type Requirement = Readonly<Record<string, readonly Role[]>>

export function keysFor(need: Need): readonly Requirement[] {
  const roles = ROLES.filter((role) => ALLOWED[role].includes(need))
  const inAddress = need === 'send' ? [{ pageKey: ['write'] as const }] : []
  return [{}, { bearer: roles }, { apiKey: roles }, ...inAddress]
}

/** What a share link may ask too, if it shows that video or channel. */
export const READ_OR_LINK: readonly Requirement[] = [...keysFor('read'), { shareLink: [] }]

export const securitySchemes = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description:
      'An API key, where the server asks for one. Each operation names the roles of the keys that it takes: `write` ' +
      'only sends, `read` only reads, `full` does both and manages videos, `admin` also operates the service.',
  },
  apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'The same.' },
  pageKey: {
    ...{ type: 'apiKey', in: 'query', name: 'key' },
    description: 'A write key, where a page cannot set headers while it unloads.',
  },
  shareLink: {
    ...{ type: 'http', scheme: 'bearer' },
    description:
      'The token of a share link (`POST /v1/share`), where the address is about the video or channel that it shows. ' +
      'One that has ended is answered 401 `link-expired`.',
  },
} as const

type Operation = { readonly security: readonly object[]; readonly description: string }
type Paths = Readonly<Record<string, object>>

/** Each operation says in its description who may call it, too. */
export function withCallers<T extends Paths>(paths: T): T {
  return withEach(paths, (operation) => {
    const description = `${operation.description}\n\n${callersOf(operation.security as readonly Requirement[])}`
    return { ...operation, description }
  })
}

function callersOf(security: readonly Requirement[]): string {
  const roles = security.flatMap(({ bearer = [] }) => bearer).map((role) => `\`${role}\``)
  if (roles.length === 0) return 'It takes no key.'
  const link = security.some(({ shareLink }) => shareLink !== undefined) ? ', or a share link' : ''
  const several = roles.length > 1 ? `${roles.slice(0, -1).join(', ')} or ${roles.at(-1)}` : roles[0]
  return `Where the server asks for keys, it takes one of the role ${several}${link}.`
}

/** The same description for a server where keys are on: every request that needs one must carry it. */
export function withKeysOn<T extends { readonly paths: Paths }>(description: T): T {
  const paths = withEach(description.paths, (operation) => ({
    ...operation,
    security: operation.security.filter((one) => Object.keys(one).length > 0),
  }))
  return { ...description, paths }
}

function withEach<T extends Paths>(paths: T, change: (operation: Operation) => Operation): T {
  const changed = Object.entries(paths).map(([path, operations]) => [
    path,
    Object.fromEntries(
      Object.entries(operations as Readonly<Record<string, Operation>>).map(([method, operation]) => [
        method,
        change(operation),
      ]),
    ),
  ])
  return Object.fromEntries(changed)
}
