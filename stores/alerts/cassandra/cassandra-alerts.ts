// Alerts on Cassandra: a row each, changed by compare-and-set alone, all of them in one partition: there are few, and
// whoever judges them reads them together.
import { type Client, types } from 'cassandra-driver'
import { countsErrorOf } from '../../cassandra/counts-error.ts'
import { isSet } from '../../counts/cassandra/compare-and-set.ts'
import { Store, type StoreLevels } from '../../counts/cassandra/store.ts'
import { type Alert, type Alerts, versionOf } from '../alerts.ts'
import {
  DELETE_ALERT,
  INSERT_ALERT,
  SELECT_ALERT,
  SELECT_ALL,
  SELECT_OF_TENANT,
  UPDATE_ALERT,
} from './statements.ts'

const SCOPE = 'alerts'
const { quorum } = types.consistencies

type Row = { readonly alert: string }

/** All calls fail with a CountsError and are safe to repeat. */
export class CassandraAlerts implements Alerts {
  readonly #client: Client
  readonly #store: Store

  constructor(client: Client, levels?: StoreLevels) {
    this.#client = client
    this.#store = new Store(client, levels)
  }

  all(): Promise<readonly Alert[]> {
    return this.#read(SELECT_ALL, [SCOPE])
  }

  ofTenant(tenant: string): Promise<readonly Alert[]> {
    return this.#read(SELECT_OF_TENANT, [SCOPE, tenant])
  }

  async find(tenant: string, alertId: string): Promise<Alert | null> {
    const [found] = await this.#read(SELECT_ALERT, [SCOPE, tenant, alertId])
    return found ?? null
  }

  write(alert: Alert, expected: Pick<Alert, 'incarnation' | 'revision'> | null): Promise<boolean> {
    const key = [SCOPE, alert.tenant, alert.alertId]
    const value = [versionOf(alert), JSON.stringify(alert)]
    return expected === null
      ? this.#set(INSERT_ALERT, [...key, ...value])
      : this.#set(UPDATE_ALERT, [...value, ...key, versionOf(expected)])
  }

  async remove(tenant: string, alertId: string): Promise<void> {
    await this.#set(DELETE_ALERT, [SCOPE, tenant, alertId])
  }

  async #read(query: string, params: readonly string[]): Promise<Alert[]> {
    const rows = await this.#store.read<Row>(query, params)
    return rows.map(({ alert }) => JSON.parse(alert))
  }

  async #set(statement: string, params: readonly string[]): Promise<boolean> {
    try {
      return await isSet(this.#client, statement, params, quorum)
    } catch (error) {
      throw countsErrorOf(error)
    }
  }
}
