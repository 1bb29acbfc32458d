// What a tenant may see of the audit. Its numbers are about the whole system, so with several tenants only admins see
// them; a tenant sees the state of the system and its own part. Pure.
import type { AuditAnswer } from './audit.ts'

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
