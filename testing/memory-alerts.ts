// Alerts in memory: the reference form, for tests.
import { type Alert, type Alerts, versionOf } from '../stores/alerts/alerts.ts'

export class MemoryAlerts implements Alerts {
  readonly #alerts = new Map<string, Alert>()

  async all(): Promise<readonly Alert[]> {
    return structuredClone(Array.from(this.#alerts.values()))
  }

  async ofTenant(tenant: string): Promise<readonly Alert[]> {
    const found = (await this.all()).filter((alert) => alert.tenant === tenant)
    return found.sort((a, b) => (a.alertId < b.alertId ? -1 : 1))
  }

  async find(tenant: string, alertId: string): Promise<Alert | null> {
    return structuredClone(this.#alerts.get(keyOf({ tenant, alertId })) ?? null)
  }

  async write(alert: Alert, expected: Pick<Alert, 'incarnation' | 'revision'> | null): Promise<boolean> {
    const stored = this.#alerts.get(keyOf(alert))
    const isExpected =
      (stored === undefined ? null : versionOf(stored)) === (expected === null ? null : versionOf(expected))
    if (isExpected) this.#alerts.set(keyOf(alert), structuredClone(alert))
    return isExpected
  }

  async remove(tenant: string, alertId: string): Promise<void> {
    this.#alerts.delete(keyOf({ tenant, alertId }))
  }
}

function keyOf({ tenant, alertId }: Pick<Alert, 'tenant' | 'alertId'>): string {
  return `${tenant}\u0000${alertId}`
}
