import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { DAY_MS } from '../../../model/bucket.ts'
import { EMPTY } from '../../../model/total.ts'
import { openTestKeyspace } from '../../../testing/cassandra-keyspace.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { DAY, VIEWS } from '../counts-contract.ts'
import { JOURNAL_NOW_MS, journalContract } from '../journal-contract.ts'
import { rollupsContract } from '../rollups-contract.ts'
import { storedRollupsContract } from '../stored-rollups-contract.ts'
import { CassandraJournal } from './cassandra-journal.ts'
import { CassandraRollups } from './cassandra-rollups.ts'

const DAY_S = 86_400
const RETENTION = { minutesMs: 14 * DAY_MS, hoursMs: 400 * DAY_MS }
const TABLES = [
  'rollups',
  'rollup_periods',
  'hour_audits',
  'reconciled',
  'journal',
  'journal_months',
  'journal_keys',
]
/** Ages are counted from here. */
const NOW_MS = DAY * 60_000

const keyspace = await openTestKeyspace()
const { client } = keyspace
after(() => keyspace[Symbol.asyncDispose]())

async function empty(): Promise<void> {
  for (const table of TABLES) await client.execute(`TRUNCATE ${table}`, [], { prepare: false })
}

async function openRollups() {
  await empty()
  const rollups = new CassandraRollups(client, new ManualClock(NOW_MS), RETENTION)
  return { rollups, close: async () => {} }
}

rollupsContract('The rollups on Cassandra', openRollups)
storedRollupsContract('The rollups on Cassandra', openRollups)

journalContract('The journal on Cassandra', async () => {
  await empty()
  const journal = new CassandraJournal(client, new ManualClock(JOURNAL_NOW_MS))
  return { journal, close: async () => {} }
})

describe('A rollup on Cassandra', () => {
  const stored = async (resolution: 'hour' | 'day', start: number) => {
    await empty()
    const rollups = new CassandraRollups(client, new ManualClock(NOW_MS), RETENTION)
    await rollups.writeRollups(resolution, 42, [{ series: VIEWS, start, aggregate: { ...EMPTY, count: 1 } }])
    const query = 'SELECT TTL(total) AS ttl, WRITETIME(total) AS stamp, period FROM rollups'
    const { rows } = await client.execute(query)
    return rows[0] as unknown as { ttl: number | null; stamp: bigint; period: { toString(): string } }
  }
  const ttlIs = (ttl: number | null, wanted: number) =>
    assert.ok(ttl !== null && ttl <= wanted && ttl > wanted - 60, `${ttl} of ${wanted} seconds`)

  it('of an hour is stamped by its version and lives until its retention after it', async () => {
    const { ttl, stamp, period } = await stored('hour', DAY - 10 * 1_440)
    assert.equal(stamp, BigInt(DAY - 10 * 1_440) * 60_000_000n + 42n)
    assert.equal(String(period), '2023-11-01')
    ttlIs(ttl, 390 * DAY_S)
  })

  it('of an hour long ago lives until its day is surely added up', async () => {
    const { ttl } = await stored('hour', DAY - 2_000 * 1_440)
    ttlIs(ttl, 30 * DAY_S)
  })

  it('of a day lives for ever', async () => {
    const { ttl, period } = await stored('day', DAY - 2_000 * 1_440)
    assert.equal(ttl, null)
    assert.equal(String(period), '2018-01-01')
  })

  it('is the first of its series also where hours before it have expired', async () => {
    await empty()
    const rollups = new CassandraRollups(client, new ManualClock(NOW_MS), RETENTION)
    const aggregate = { ...EMPTY, count: 1 }
    const [gone, kept] = [DAY - 500 * 1_440, DAY - 100 * 1_440]
    const row = (start: number) => ({ series: VIEWS, start, aggregate })
    await rollups.writeRollups('hour', 1, [row(kept), row(kept + 60)])
    await rollups.writeRollups('hour', 1, [row(DAY - 400 * 1_440), row(gone)])
    await client.execute(`DELETE FROM rollups WHERE tenant = '' AND video_id = 'v1' AND event_type = 'view'
      AND resolution = 'hour' AND period IN ('2022-07-01', '2022-10-01')`)
    assert.equal(await rollups.firstRollup(VIEWS), kept)
    await rollups.writeRollups('day', 1, [row(gone)])
    assert.equal(await rollups.firstRollup(VIEWS), gone)
  })
})

describe('An entry of the journal on Cassandra', () => {
  it('lives as long as its book keeps it', async () => {
    const journal = new CassandraJournal(client, new ManualClock(JOURNAL_NOW_MS))
    const ttls: Record<string, number | null> = {}
    for (const book of ['weak-audit', 'privacy'] as const) {
      await empty()
      await journal.append(book, { atMs: JOURNAL_NOW_MS - 4 * DAY_MS, key: 'a', body: null })
      const { rows } = await client.execute('SELECT TTL(body) AS ttl FROM journal')
      ttls[book] = rows[0]!.ttl
    }
    assert.equal(ttls.privacy, null)
    assert.ok(ttls['weak-audit']! <= 10 * DAY_S && ttls['weak-audit']! > 10 * DAY_S - 60)
  })
})
