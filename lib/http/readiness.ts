// Whether a process should get traffic, and why not. Each part of a process adds what it knows; the answer is given at
// /health/ready. A trouble that comes and goes must not make a balancer move traffic to and fro, so most troubles
// count only once they have lasted.
import type { FastifyInstance } from 'fastify'
import type { Failures } from '../failing.ts'
import { addRequestCheck } from './request-checks.ts'

type NotReadyCode =
  | 'draining'
  | 'cannot_store_events'
  | 'store_away'
  | 'source_halted'
  | 'archive_halted'
  | 'recount_behind'
  | 'not_in_group'

export type NotReadyReason = {
  readonly code: NotReadyCode
  /** For operators. */
  readonly detail: string
}

/** Null, or an empty list, if there is nothing to say. */
export type ReadinessCheck = () => NotReadyReason | readonly NotReadyReason[] | null

const DRAINING: NotReadyReason = {
  code: 'draining',
  detail: 'It is about to stop: it still answers, but send no more.',
}

export class Readiness {
  readonly #checks: ReadinessCheck[] = []
  #isDraining = false

  add(check: ReadinessCheck): void {
    this.#checks.push(check)
  }

  /** From now on it is not ready, for good. */
  drain(): void {
    this.#isDraining = true
  }

  get isDraining(): boolean {
    return this.#isDraining
  }

  /** Why the process should get no traffic now; none if it should. */
  reasons(): readonly NotReadyReason[] {
    const found = this.#checks.flatMap((check) => check() ?? [])
    return this.#isDraining ? [DRAINING, ...found] : found
  }
}

export type LastingRule = {
  /** Failures count once they have lasted this long. */
  readonly afterMs: number
  /**
   * … and no more when nothing was tried for this long: where no traffic arrives, only more traffic can show that the
   * trouble is over.
   */
  readonly untriedMs: number
}

export function isLasting(failures: Failures | null, rule: LastingRule, nowMs: number): boolean {
  if (failures === null) return false
  return nowMs - failures.sinceMs >= rule.afterMs && nowMs - failures.lastMs < rule.untriedMs
}

/** How long processes may take to divide the sources among them anew. */
const REBALANCE_MS = 15_000

/** The check of a process that shares sources with others: outside their group it owns nothing that it should. */
export function outsideGroup(
  { outsideSinceMs }: { readonly outsideSinceMs: number | null },
  nowMs: number,
): NotReadyReason | null {
  if (outsideSinceMs === null || nowMs - outsideSinceMs < REBALANCE_MS) return null
  return { code: 'not_in_group', detail: 'It is not in the group that shares the sources, and owns none.' }
}

/** While it drains, each answer closes its connection, so that clients use one to another server. */
export function closeWhileDraining(app: FastifyInstance, readiness: Readiness): void {
  addRequestCheck(app, (_request, reply) => {
    if (readiness.isDraining) reply.raw.setHeader('connection', 'close')
  })
}
