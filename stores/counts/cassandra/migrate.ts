// Brings a keyspace to the newest schema. Two migrations at once take turns: the lock is a row that is taken by
// compare-and-set and expires, so that a process that dies does not block others for long.
import { createHash, randomUUID } from 'node:crypto'
import type { Client, types } from 'cassandra-driver'
import type { Clock } from '../../../lib/clock.ts'
import type { CassandraSettings } from '../../cassandra/cassandra-settings.ts'
import { CountsError, countsErrorOf } from '../../cassandra/counts-error.ts'
import { isSet } from './compare-and-set.ts'
import { type CountForm, SHARDS_MAX } from './count-forms.ts'
import { addForm, addFormForAllHours, decideFormsIfAny } from './form-changes.ts'
import {
  FORMS_VERSION,
  isMark,
  loadMigrations,
  type Migration,
  type Noted,
  SHARED_LATER,
  SHARED_SINCE_EVER,
} from './schema.ts'

const LOCK_SECONDS = 60
const LOCK_POLL_MS = 500
const LOCK_WAIT_MAX_MS = 120_000
const CONNECT_ATTEMPTS_MAX = 20
/** Of a new keyspace; decision 36 says why. */
const SHARDS_A_NODE = 16
const ABSENT = /Keyspace '?\w+'? does not exist/
/**
 * The first process creates it. Nodes that create a table at the same time would each choose an id and disagree for
 * ever, so the id is given here.
 */
const versionsTable = (keyspace: string) => `
  CREATE TABLE IF NOT EXISTS schema_versions (
    scope text, version int, file text, applied_at timestamp, holder text static, PRIMARY KEY (scope, version)
  ) WITH id = ${tableId(keyspace)}`

const LOCK = `UPDATE schema_versions USING TTL ${LOCK_SECONDS} SET holder = ? WHERE scope = ?`
const TAKE_LOCK = `${LOCK} IF holder = null`
const KEEP_LOCK = `${LOCK} IF holder = ?`
const FREE_LOCK = 'UPDATE schema_versions SET holder = null WHERE scope = ? IF holder = ?'
const NOTE = `
  UPDATE schema_versions SET file = ?, applied_at = ? WHERE scope = ? AND version = ? IF holder = ?`
const APPLIED = 'SELECT version, file FROM schema_versions WHERE scope = ?'
const SCOPE = 'counts'

/** Missing from the driver's own types. */
type Agreement = types.ResultSet['info'] & { readonly isSchemaInAgreement: boolean }

export type MigrateDeps = {
  readonly clock: Clock
  readonly onApplied: (migration: Migration) => void
  /**
   * In how many shards minutes are to be counted: from a coming hour on, or from the first if the keyspace is new.
   * Without it a new keyspace gets some for each node, and nothing changes in any other.
   */
  readonly shards?: number
  /** Called with an entry that was added for a coming hour. */
  readonly onAdded?: (form: CountForm) => void
}

/**
 * Creates the keyspace and applies the migrations that it lacks. `connect` opens a client that is bound to a
 * keyspace, or to none. Fails with a CountsError; to run it again is safe.
 */
export async function migrate(
  connect: (keyspace: string | null) => Promise<Client>,
  settings: CassandraSettings,
  deps: MigrateDeps,
): Promise<void> {
  try {
    await withClient(connect(null), (client) => makeKeyspace(client, settings))
    await withClient(connectToNew(connect, settings.keyspace, deps.clock), (client) =>
      migrateTables(client, settings, deps),
    )
  } catch (error) {
    const { code, message } = countsErrorOf(error)
    throw new CountsError(code, `could not migrate the keyspace ${settings.keyspace}: ${message}`, {
      cause: error,
    })
  }
}

/** A keyspace that another process makes is listed by a node some moments before it can be used there. */
async function connectToNew(
  connect: (keyspace: string) => Promise<Client>,
  keyspace: string,
  clock: Clock,
): Promise<Client> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await connect(keyspace)
    } catch (error) {
      if (attempt >= CONNECT_ATTEMPTS_MAX || !ABSENT.test(String(error))) throw error
      await clock.sleep(LOCK_POLL_MS)
    }
  }
}

async function withClient(
  connecting: Promise<Client>,
  use: (client: Client) => Promise<void>,
): Promise<void> {
  const client = await connecting
  try {
    await use(client)
  } finally {
    await client.shutdown()
  }
}

async function makeKeyspace(client: Client, settings: CassandraSettings): Promise<void> {
  const { keyspace, replication } = settings
  const known = 'SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ?'
  if ((await client.execute(known, [keyspace])).rowLength > 0) return
  for (const [centre, replicas] of replication) {
    const nodes = client.hosts.values().filter(({ datacenter }) => datacenter === centre).length
    if (nodes >= replicas) continue
    const remedy = `add nodes, or set CASSANDRA_REPLICATION=${centre}:${nodes}`
    throw new CountsError('refused', `${centre} has ${nodes} of ${replicas} nodes needed: ${remedy}`)
  }
  const centres = Array.from(replication, ([centre, replicas]) => `, '${centre}': ${replicas}`).join('')
  const strategy = `{'class': 'NetworkTopologyStrategy'${centres}}`
  await change(client, `CREATE KEYSPACE IF NOT EXISTS ${keyspace} WITH replication = ${strategy}`)
}

async function migrateTables(
  client: Client,
  { localDataCenter }: CassandraSettings,
  { clock, onApplied, shards, onAdded = () => {} }: MigrateDeps,
): Promise<void> {
  const holder = randomUUID()
  await change(client, versionsTable(client.keyspace))
  await takeLock(client, holder, clock)
  const lock = { client, holder, clock }
  try {
    const { applied, marks } = await readApplied(client)
    const isNew = applied.size === 0 || marks.get(SHARED_SINCE_EVER.version) === SHARED_SINCE_EVER.file
    if (applied.size === 0) await note(lock, SHARED_SINCE_EVER)
    const isMarked = isNew || marks.has(SHARED_LATER.version)
    if (marks.size > 0 && !isMarked) await note(lock, SHARED_LATER) // in use since before shared_series
    for (const migration of loadMigrations()) {
      if (applied.has(migration.version)) continue
      await apply(lock, migration)
      // Before it is noted: no process starts on the keyspace before that, and counts into the other table.
      if (migration.version === FORMS_VERSION && isNew) {
        await addFormForAllHours(client, shards ?? shardsOfNodes(client, localDataCenter))
      }
      await note(lock, migration)
      onApplied(migration)
    }
    await decideFormsIfAny(client, clock)
    if (shards === undefined) return
    if (!isMarked) await note(lock, SHARED_LATER)
    await held(isSet(client, KEEP_LOCK, [holder, SCOPE, holder]))
    const added = await addForm(client, clock, shards)
    if (added !== null) onAdded(added)
  } finally {
    await isSet(client, FREE_LOCK, [SCOPE, holder]).catch(() => {}) // it expires
  }
}

type AppliedRow = { readonly version: number | null; readonly file: string | null }

async function readApplied(client: Client) {
  const rows = (await client.execute(APPLIED, [SCOPE])).rows as unknown as AppliedRow[]
  const known = rows.flatMap(({ version, file }) => (version === null ? [] : [{ version, file: file ?? '' }]))
  const marks = new Map(known.filter(isMark).map(({ version, file }) => [version, file]))
  const applied = new Set(known.filter((one) => !isMark(one)).map(({ version }) => version))
  return { applied, marks }
}

function shardsOfNodes({ hosts }: Client, localDataCenter: string): number {
  const nodes = hosts.values().filter(({ datacenter }) => datacenter === localDataCenter).length
  return Math.min(SHARDS_MAX, SHARDS_A_NODE * Math.max(1, nodes))
}

async function takeLock(client: Client, holder: string, clock: Clock): Promise<void> {
  const deadlineMs = clock.nowMs() + LOCK_WAIT_MAX_MS
  while (!(await tryLock(client, holder))) {
    if (clock.nowMs() > deadlineMs) {
      throw new CountsError('migration_locked', 'another process has been migrating for too long')
    }
    await clock.sleep(LOCK_POLL_MS)
  }
}

/** The lock may be ours already, taken by an attempt whose answer was lost. */
async function tryLock(client: Client, holder: string): Promise<boolean> {
  if (await isSet(client, TAKE_LOCK, [holder, SCOPE])) return true
  return isSet(client, KEEP_LOCK, [holder, SCOPE, holder])
}

type Lock = { readonly client: Client; readonly holder: string; readonly clock: Clock }

async function apply({ client, holder }: Lock, { statements }: Migration): Promise<void> {
  for (const statement of statements) {
    await held(isSet(client, KEEP_LOCK, [holder, SCOPE, holder]))
    await change(client, statement)
  }
}

async function note({ client, holder, clock }: Lock, { file, version }: Noted): Promise<void> {
  await held(isSet(client, NOTE, [file, new Date(clock.nowMs()), SCOPE, version, holder]))
}

async function held(isHeld: Promise<boolean>): Promise<void> {
  if (!(await isHeld)) throw new CountsError('migration_locked', 'the lock was lost to another process')
}

/** Changes the schema; the driver waits until all nodes that are up agree on it. */
async function change(client: Client, statement: string): Promise<void> {
  const result = await client.execute(statement, [], { prepare: false })
  const { isSchemaInAgreement } = result.info as Agreement
  if (!isSchemaInAgreement) throw new CountsError('unavailable', 'the nodes do not agree on the schema')
}

/**
 * A cluster knows each table by its id, whatever the keyspace: a UUID of version 8 (RFC 9562) made of the
 * names.
 */
function tableId(keyspace: string): string {
  const hex = createHash('sha256').update(`${keyspace}.schema_versions`).digest('hex')
  const [a, b, c, d] = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 15), hex.slice(15, 18)]
  return `${a}-${b}-8${c}-8${d}-${hex.slice(18, 30)}`
}
