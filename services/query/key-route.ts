// GET /v1/key: what the key of the request may do, so that whoever has one need not find out by what is refused.
import type { FastifyInstance } from 'fastify'
import { holderOf } from '../../lib/http/keys/caller.ts'
import type { Keys } from '../../lib/http/keys/key-ring.ts'
import { ALLOWED, type KnownKey, type Need, ROLES, type Role } from '../../lib/http/keys/known-key.ts'
import type { QueryRate } from '../../lib/http/query-rate.ts'
import { instantText } from '../../lib/time-text.ts'
import { REQUEST_COST } from './question/question-cost.ts'

export type KeyDeps = { readonly keys: Keys; readonly rate: QueryRate }

type KeyAnswer = {
  /** Null where nobody needs a key. */
  readonly role: Role | null
  /** Whose videos it speaks for; null: nobody's. */
  readonly tenant: string | null
  readonly may: readonly Need[]
  /** The sites whose pages may send with it. */
  readonly origins: readonly string[]
  readonly expiresAt: string | null
}

/** In the order in which they are told. */
export const NEEDS = ['send', 'read', 'manage', 'admin'] as const satisfies readonly Need[]

export function registerKey(app: FastifyInstance, { keys, rate }: KeyDeps): void {
  app.get('/v1/key', async (request, reply): Promise<KeyAnswer> => {
    const answer = answerOf(holderOf(request, keys), keys)
    rate.take(request, answer.tenant ?? '', REQUEST_COST)
    reply.header('cache-control', 'no-store')
    return answer
  })
}

/** A key may stand in several lists: it may what any of them allows. */
function answerOf(known: readonly KnownKey[], keys: Keys): KeyAnswer {
  if (known.length === 0) {
    const may = NEEDS.filter((need) => need !== 'admin' || !keys.areOnForAdmins)
    return { role: null, tenant: '', may, origins: [], expiresAt: null }
  }
  const ends = known.map(({ expiresMs }) => expiresMs ?? Number.POSITIVE_INFINITY)
  const endMs = Math.max(...ends)
  return {
    role: ROLES.findLast((role) => known.some((key) => key.role === role))!,
    tenant: known.find(({ tenant }) => tenant !== null)?.tenant ?? null,
    may: NEEDS.filter((need) => known.some((key) => allows(key, need)) || (need !== 'admin' && !keys.areOn)),
    origins: known.flatMap(({ origins }) => origins),
    expiresAt: endMs === Number.POSITIVE_INFINITY ? null : instantText(endMs),
  }
}

/** What is done for a tenant takes a key that speaks for one. */
function allows({ role, tenant }: KnownKey, need: Need): boolean {
  return ALLOWED[role].includes(need) && (need === 'admin' || tenant !== null)
}
