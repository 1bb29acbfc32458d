// Who may see what of the audit. Its numbers are of the whole system, so where there are several tenants they are for
// admins; a tenant is told how well the system is, and what concerns itself. Pure.
import type { FastifyRequest } from 'fastify'
import { type AdminAccess, isAdmin } from '../../lib/http/admin-keys.ts'
import { tenantOf } from '../../lib/http/api-keys.ts'
import type { AuditAnswer } from './audit.ts'

/**
 * The tenant whose part is to be shown; null for all of it, as admins see it, and everybody where keys are off. Fails
 * with ProblemError: `unauthorized`, `forbidden`.
 */
export function auditedTenant(request: FastifyRequest, access: AdminAccess): string | null {
  if (access.keys.length === 0 || isAdmin(request, access)) return null
  return tenantOf(request, access.keys)
}

/** Nothing from which the names, the numbers or the pace of others could be told, nor where servers are. */
export function auditOfTenant({ weak, strong, alerts, meta }: AuditAnswer, tenant: string): AuditAnswer {
  return {
    scope: 'tenant',
    weak: weak.map((probe) => ({ ...probe, detail: null })),
    strong: strong && { reconciledTo: strong.reconciledTo, hoursExcepted: strong.hoursExcepted, hours: [] },
    alerts: alerts.filter(({ detail }) => tenantNamedIn(detail) === tenant),
    ledger: [],
    meta,
  }
}

function tenantNamedIn(detail: unknown): unknown {
  return typeof detail === 'object' && detail !== null && 'tenant' in detail ? detail.tenant : null
}
