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

type Operation = { readonly security: readonly object[] }

/** The same description for a server where keys are on: every request that needs one must carry it. */
export function withKeysOn<T extends { readonly paths: Readonly<Record<string, object>> }>(
  description: T,
): T {
  const paths = Object.entries(description.paths).map(([path, operations]) => [
    path,
    Object.fromEntries(
      Object.entries(operations as Readonly<Record<string, Operation>>).map(([method, operation]) => {
        const security = operation.security.filter((one) => Object.keys(one).length > 0)
        return [method, { ...operation, security }]
      }),
    ),
  ])
  return { ...description, paths: Object.fromEntries(paths) }
}
