// Who may see which part of the audit. Its numbers are about the whole system, so with several tenants only admins
// see them; a tenant sees the state of the system and its own part. Pure.
import type { FastifyRequest } from 'fastify'
import { type AdminAccess, isAdmin } from '../../lib/http/admin-keys.ts'
import { tenantOf } from '../../lib/http/api-keys.ts'
import type { AuditAnswer } from './audit.ts'

/**
 * The tenant whose part is shown; null for the whole audit, which admins see, and everybody if keys are off. Fails
 * with ProblemError: `unauthorized`, `forbidden`.
 */
export function auditedTenant(request: FastifyRequest, access: AdminAccess): string | null {
  if (access.keys.length === 0 || isAdmin(request, access)) return null
  return tenantOf(request, access.keys)
}

/** The part of one tenant: reveals no names, numbers or rates of others, nor addresses of servers. */
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
