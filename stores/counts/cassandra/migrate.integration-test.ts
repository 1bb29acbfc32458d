import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { systemClock } from '../../../lib/system-clock.ts'
import type { Quarters } from '../../../model/quarters.ts'
import { EMPTY } from '../../../model/total.ts'
import {
  CONNECT_DEPS,
  dropKeyspace,
  migrateTest,
  openTestKeyspace,
  testSettings,
} from '../../../testing/cassandra-keyspace.ts'
import { type CassandraStores, openCassandraStores } from '../../backing/open-cassandra-stores.ts'
import { connect } from '../../cassandra/connect.ts'
import type { Ledger } from '../counts.ts'
import { DAY, VIEWS } from '../counts-contract.ts'
import { CassandraCounts } from './cassandra-counts.ts'
import { CassandraRollups } from './cassandra-rollups.ts'
import { loadMigrations } from './schema.ts'

describe('Migrating', () => {
  it('applies each file once, where several run at once and again', async () => {
    const settings = testSettings()
    const applied: string[] = []
    await Promise.all([1, 2, 3].map(() => migrateTest(settings, ({ file }) => applied.push(file))))
    await migrateTest(settings, ({ file }) => applied.push(file))
    assert.deepEqual(
      applied,
      loadMigrations().map(({ file }) => file),
    )
    const client = await connect(settings, null, CONNECT_DEPS)
    await dropKeyspace(client, settings)
    await client.shutdown()
  })

  it('makes several keyspaces in one cluster', async () => {
    await using first = await openTestKeyspace()
    await using second = await openTestKeyspace()
    assert.notEqual(first.settings.keyspace, second.settings.keyspace)
  })

  it('refuses more replicas than there are nodes', async () => {
    await assert.rejects(
      migrateTest({ ...testSettings(), replication: new Map([[testSettings().localDataCenter, 9]]) }),
      /of 9 nodes needed.*CASSANDRA_REPLICATION=/,
    )
  })
})

describe('Migrating a keyspace in use', () => {
  it('adds the quarters of hours, and reads what is there', async () => {
    await using keyspace = await openTestKeyspace()
    const { settings, client } = keyspace
    const [tables] = loadMigrations()
    const asBefore = tables!.statements.find((text) => text.includes('TABLE IF NOT EXISTS rollups'))!
    for (const statement of ['DROP TABLE rollups', asBefore]) {
      await client.execute(statement, [], { prepare: false })
    }
    const forget = "DELETE FROM schema_versions WHERE scope = 'counts' AND version = 4"
    await client.execute(forget, [], { prepare: false })
    const row = { series: VIEWS, start: DAY, aggregate: { ...EMPTY, count: 3 } }
    const read = async ({ rollups }: CassandraStores) =>
      (await rollups.readRollups(VIEWS, { resolution: 'quarter', from: DAY, to: DAY + 60 })).periods
    const before = new CassandraRollups(client, systemClock, settings.retention)
    await before.writeRollups('hour', 1, [row])
    const applied: string[] = []
    for (let i = 0; i < 2; i++) await migrateTest(settings, ({ file }) => applied.push(file))
    assert.deepEqual(applied, ['004-quarters.cql'])
    const stores = await openCassandraStores(settings, CONNECT_DEPS)
    try {
      assert.deepEqual(await read(stores), [{ start: DAY, aggregate: row.aggregate, isWholeHour: true }])
      const quarters: Quarters = [EMPTY, EMPTY, row.aggregate, EMPTY]
      await stores.rollups.writeRollups('hour', 2, [{ ...row, quarters }])
      assert.deepEqual(await read(stores), [{ start: DAY + 30, aggregate: row.aggregate }])
      await before.writeRollups('hour', 3, [row]) // a release that knows no quarters is still at work
      assert.deepEqual(await read(stores), [{ start: DAY, aggregate: row.aggregate, isWholeHour: true }])
    } finally {
      await stores.close()
    }
  })

  it('adds what the probe caused to ledgers, and reads those that are there', async () => {
    await using keyspace = await openTestKeyspace()
    const { settings, client } = keyspace
    const asBefore = loadMigrations()[0]!.statements.filter((text) => text.includes('checkpoint'))
    for (const statement of ['DROP TABLE checkpoints', 'DROP TYPE checkpoint', ...asBefore]) {
      await client.execute(statement, [], { prepare: false })
    }
    const forget = "DELETE FROM schema_versions WHERE scope = 'counts' AND version = 6"
    await client.execute(forget, [], { prepare: false })
    const before = new CassandraCounts(client, systemClock, settings.retention.minutesMs)
    const numbers = { records: 1, events: 9, counted: 5, duplicate: 2, late: 1, dead: 1, deadRecords: 0 }
    const checkpoint = (offset: number, ledger: Ledger) => ({ offset, logTimeMs: DAY * 60_000, ledger })
    await before.writeCheckpoint('old', checkpoint(1, numbers))
    const applied: string[] = []
    for (let i = 0; i < 2; i++) await migrateTest(settings, ({ file }) => applied.push(file))
    assert.deepEqual(applied, ['006-probe-ledger.cql'])
    const probe = { records: 1, events: 2, counted: 1, duplicate: 1, late: 0, dead: 0 }
    const { counts, close } = await openCassandraStores(settings, CONNECT_DEPS)
    try {
      await counts.writeCheckpoint('new', checkpoint(2, { ...numbers, probe }))
      await before.writeCheckpoint('old-still', checkpoint(3, numbers)) // an older release is still at work
      const ledgers = Array.from(await counts.checkpoints(), ([source, { ledger }]) => [source, ledger])
      assert.deepEqual(Object.fromEntries(ledgers), {
        ...{ old: numbers, 'old-still': numbers },
        new: { ...numbers, probe },
      })
    } finally {
      await close()
    }
  })
})

describe('Opening the counts', () => {
  it('names the command where the schema is missing', async () => {
    await assert.rejects(openCassandraStores(testSettings(), CONNECT_DEPS), {
      code: 'schema_missing',
      message: /npm run migrate/,
    })
  })

  it('names what to do where the schema is older or newer', async () => {
    await using keyspace = await openTestKeyspace()
    const { settings, client } = keyspace
    const note = (version: number, file: string) =>
      client.execute(
        `INSERT INTO schema_versions (scope, version, file) VALUES ('counts', ${version}, '${file}')`,
      )
    await (await openCassandraStores(settings, CONNECT_DEPS)).close()
    await note(98, '098-more.cql')
    await (await openCassandraStores(settings, CONNECT_DEPS)).close() // a later release has only added
    await note(99, '099-less.needs-98.cql')
    await assert.rejects(openCassandraStores(settings, CONNECT_DEPS), {
      code: 'schema_version',
      message: /newer release/,
    })
  })

  it('waits for a cluster that is away, says for what, and ends when it is told to', async () => {
    const told: string[] = []
    const abort = new AbortController()
    const onRetry = (what: string) => {
      told.push(what)
      if (told.length === 2) abort.abort()
    }
    const settings = { ...testSettings(), contactPoints: ['127.0.0.1:1'] }
    const opening = openCassandraStores(settings, {
      ...CONNECT_DEPS,
      random: () => 0,
      onRetry,
      signal: abort.signal,
    })
    await assert.rejects(opening, { code: 'unavailable' })
    assert.deepEqual(told, Array(2).fill('reach Cassandra at 127.0.0.1:1'))
  })
})
