// What a process says that is asked what only the archive knows, and has none. A balancer in front asks another
// service then: infra/nginx/nginx.conf.tmpl.
import { readerOf, tenantOf } from '../../lib/http/keys/caller.ts'
import { ProblemError } from '../../lib/http/problem.ts'
import type { FromArchive, QueryDeps } from './deps.ts'
import { REQUEST_COST } from './question/question-cost.ts'

export function answeredElsewhere({ keys, rate }: Pick<QueryDeps, 'keys' | 'rate'>): FromArchive {
  const detail = 'Such questions are answered by the service that has the archive.'
  return {
    async query(request) {
      rate.take(request, tenantOf(request, keys, 'read'), REQUEST_COST)
      throw misdirected(detail)
    },
    async stats(request, _, about) {
      rate.take(request, readerOf(request, keys, about), REQUEST_COST)
      throw misdirected(detail)
    },
  }
}

export function misdirected(detail: string): ProblemError {
  return new ProblemError({ type: 'misdirected', detail })
}
