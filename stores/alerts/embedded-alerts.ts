// Alerts in one process, in the database of the counts.
import type { SharedDatabase } from '../counts/embedded/shared-database.ts'
import { jsonValue, parseJsonText } from '../disk/checked-value.ts'
import { type Alert, type Alerts, versionOf } from './alerts.ts'

const PREFIX = 'alert/'

/** All calls fail with a DataDirectoryError. */
export class EmbeddedAlerts implements Alerts {
  readonly #database: SharedDatabase

  constructor(database: SharedDatabase) {
    this.#database = database
  }

  all(): Promise<readonly Alert[]> {
    return this.#within(PREFIX)
  }

  ofTenant(tenant: string): Promise<readonly Alert[]> {
    return this.#within(tenantKey(tenant))
  }

  async find(tenant: string, alertId: string): Promise<Alert | null> {
    const key = alertKey(tenant, alertId)
    const [value] = await this.#database.getMany([key])
    return value === undefined ? null : this.#alertOf(key, value)
  }

  write(alert: Alert, expected: Pick<Alert, 'incarnation' | 'revision'> | null): Promise<boolean> {
    const key = alertKey(alert.tenant, alert.alertId)
    return this.#database.change(async () => {
      const stored = await this.find(alert.tenant, alert.alertId)
      const isExpected =
        stored === null || expected === null ? stored === expected : versionOf(stored) === versionOf(expected)
      if (isExpected) await this.#database.write([{ type: 'put', key, value: jsonValue(key, alert) }])
      return isExpected
    })
  }

  remove(tenant: string, alertId: string): Promise<void> {
    return this.#database.change(() =>
      this.#database.write([{ type: 'del', key: alertKey(tenant, alertId) }]),
    )
  }

  async #within(prefix: string): Promise<Alert[]> {
    const found: Alert[] = []
    for await (const entries of this.#database.entries({ gte: prefix, lt: past(prefix) }))
      found.push(...entries.map(([key, value]) => this.#alertOf(key, value)))
    return found
  }

  #alertOf(key: string, value: Uint8Array): Alert {
    return JSON.parse(this.#database.checked(key, value, parseJsonText))
  }
}

/** Tenants hold no control characters, so a zero byte ends them safely. */
function tenantKey(tenant: string): string {
  return `${PREFIX}${tenant}\u0000`
}

function alertKey(tenant: string, alertId: string): string {
  return `${tenantKey(tenant)}${alertId}`
}

/** Sorts after everything that begins with the prefix: one more at its end. */
function past(prefix: string): string {
  return `${prefix.slice(0, -1)}${String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)}`
}
