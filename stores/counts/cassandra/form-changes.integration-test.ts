import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Client } from 'cassandra-driver'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../model/bucket.ts'
import { migrateTest, openTestKeyspace, type TestKeyspace } from '../../../testing/cassandra-keyspace.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { ALL_HOURS, type CountForm, type FormEntry } from './count-forms.ts'
import { entryOf, type FormRow } from './read-forms.ts'
import { FORMS_VERSION, SERIES_VERSION } from './schema.ts'

/** A quarter past an hour. */
const NOW_MS = 20_000 * DAY_MS + HOUR_MS / 4
/** The first hour for which an entry may be added then. */
const FIRST = (NOW_MS - HOUR_MS / 4 + 4 * HOUR_MS) / MINUTE_MS
const MARK = 1_000_008
const MARK_BEFORE = 1_000_007

async function entriesOf(client: Client): Promise<FormEntry[]> {
  const { rows } = await client.execute('SELECT from_hour, shards, state FROM count_forms')
  return (rows as unknown as FormRow[]).map(entryOf)
}

async function markOf(client: Client): Promise<string | undefined> {
  const query = `SELECT file FROM schema_versions WHERE scope = 'counts' AND version = ${MARK}`
  return (await client.execute(query)).rows[0]?.file
}

/** Takes a keyspace back to what the release before `count_forms` made. */
async function asBefore(client: Client): Promise<void> {
  const forget = (version: number) =>
    client.execute(`DELETE FROM schema_versions WHERE scope = 'counts' AND version = ${version}`)
  for (const version of [FORMS_VERSION, SERIES_VERSION, MARK]) await forget(version)
  for (const table of ['count_forms', 'shared_counts', 'shared_series']) {
    await client.execute(`DROP TABLE ${table}`, [], { prepare: false })
  }
}

async function noteMark(client: Client, version: number, file: string | undefined): Promise<void> {
  const insert = "INSERT INTO schema_versions (scope, version, file) VALUES ('counts', ?, ?)"
  await client.execute(insert, [version, file], { prepare: true })
}

async function propose(client: Client, fromHour: number): Promise<void> {
  const insert =
    "INSERT INTO count_forms (scope, from_hour, shards, state) VALUES ('counts', ?, 8, 'proposed') IF NOT EXISTS"
  await client.execute(insert, [new Date(fromHour * MINUTE_MS)])
}

/** Runs `npm run migrate` at a time, with `--shards` or without. */
async function migrateAt({ settings }: TestKeyspace, nowMs: number, shards?: number): Promise<CountForm[]> {
  const added: CountForm[] = []
  await migrateTest(settings, undefined, {
    clock: new ManualClock(nowMs),
    ...(shards !== undefined && { shards }),
    onAdded: (form) => added.push(form),
  })
  return added
}

describe('A new keyspace', () => {
  it('counts in shared partitions from the first minute on, and keeps older releases away', async () => {
    await using keyspace = await openTestKeyspace()
    const { client } = keyspace
    const nodes = client.hosts.values().length
    const wanted = [{ fromHour: ALL_HOURS, shards: 16 * nodes, state: 'settled' }]
    assert.deepEqual(await entriesOf(client), wanted)
    assert.match(String(await markOf(client)), /needs-8\.cql$/)
    assert.deepEqual(await migrateAt(keyspace, NOW_MS), [])
    assert.deepEqual(await migrateAt(keyspace, NOW_MS, 16 * nodes), [])
    assert.deepEqual(await entriesOf(client), wanted)
  })

  it('does so, too, if the process that made it died half-way', async () => {
    await using keyspace = await openTestKeyspace()
    const { client } = keyspace
    const mark = await markOf(client)
    await asBefore(client)
    await noteMark(client, MARK, mark)
    await migrateAt(keyspace, NOW_MS, 5)
    assert.deepEqual(await entriesOf(client), [{ fromHour: ALL_HOURS, shards: 5, state: 'settled' }])
  })
})

describe('A keyspace of an earlier release', () => {
  it('stays as it is until shards are asked for, and counts in them three hours later', async () => {
    await using keyspace = await openTestKeyspace()
    const { client } = keyspace
    await asBefore(client)
    await migrateAt(keyspace, NOW_MS)
    assert.deepEqual([await entriesOf(client), await markOf(client)], [[], undefined])
    assert.deepEqual(await migrateAt(keyspace, NOW_MS, 4), [{ fromHour: FIRST, shards: 4 }])
    assert.match(String(await markOf(client)), /needs-8\.cql$/)
    assert.deepEqual(await migrateAt(keyspace, NOW_MS + 1, 4), [])
    await assert.rejects(migrateAt(keyspace, NOW_MS + 2, 9), {
      code: 'refused',
      message: /4 shards.*in an hour/,
    })
    const next = { fromHour: FIRST + 60, shards: 9 }
    assert.deepEqual(await migrateAt(keyspace, NOW_MS + HOUR_MS, 9), [next])
    assert.deepEqual(await entriesOf(client), [
      { fromHour: FIRST, shards: 4, state: 'settled' },
      { ...next, state: 'settled' },
    ])
  })

  it('has an entry that was left half added settled in time, or taken back', async () => {
    await using keyspace = await openTestKeyspace()
    const { client } = keyspace
    await asBefore(client)
    await migrateAt(keyspace, NOW_MS)
    await propose(client, FIRST)
    await propose(client, FIRST + 60)
    await migrateAt(keyspace, FIRST * MINUTE_MS - 2.5 * HOUR_MS + 1)
    assert.deepEqual(
      (await entriesOf(client)).map(({ state }) => state),
      ['withdrawn', 'settled'],
    )
    await migrateAt(keyspace, FIRST * MINUTE_MS + DAY_MS)
    assert.equal((await entriesOf(client))[0]!.state, 'withdrawn')
  })

  it('keeps away those that know no index of shared partitions, once they are in use', async () => {
    await using keyspace = await openTestKeyspace()
    const { client } = keyspace
    const entries = await entriesOf(client)
    for (const version of [SERIES_VERSION, MARK]) {
      await client.execute(`DELETE FROM schema_versions WHERE scope = 'counts' AND version = ${version}`)
    }
    await client.execute('DROP TABLE shared_series', [], { prepare: false })
    await noteMark(client, MARK_BEFORE, 'shared-counts-since-ever.needs-7.cql')
    await migrateAt(keyspace, NOW_MS)
    assert.match(String(await markOf(client)), /^shared-counts\.needs-8\.cql$/)
    assert.deepEqual(await entriesOf(client), entries)
  })
})
