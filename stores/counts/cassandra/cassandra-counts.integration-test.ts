import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { type Bucket, MINUTE_MS } from '../../../model/bucket.ts'
import { type Aggregate, add, EMPTY, type Total } from '../../../model/total.ts'
import { openTestKeyspace } from '../../../testing/cassandra-keyspace.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import type { CountAudit, CountReader, CountRow, Resolution } from '../counts.ts'
import { countsContract, DAY, VIEWS } from '../counts-contract.ts'
import { CassandraCounts } from './cassandra-counts.ts'
import { ALL_HOURS, type CountForm } from './count-forms.ts'
import { dateValue } from './values.ts'

const RETENTION_MS = 14 * 1_440 * MINUTE_MS
/** Later than any minute that the contract writes, and longer than it is ago. */
const CONTRACT = { nowMs: (DAY + 120 * 1_440) * MINUTE_MS, retentionMs: 400 * 1_440 * MINUTE_MS }
const TABLES = [
  'counts',
  'shared_counts',
  'count_forms',
  'video_days',
  'shared_series',
  'hour_series',
  'counted_hours',
  'checkpoints',
]
/** The entries of a keyspace. */
const FORMS: Readonly<Record<string, readonly CountForm[]>> = {
  'in a partition a day of a series': [],
  'in partitions that videos share': [{ fromHour: ALL_HOURS, shards: 16 }],
  'in a table by days, then in one by hours, then in more shards': [
    { fromHour: DAY + 60, shards: 3 },
    { fromHour: DAY + 1_440 + 180, shards: 7 },
  ],
}
const LENGTHS: Record<Resolution, number> = { minute: 1, quarter: 15, hour: 60, day: 1_440 }
/** Minutes around the boundaries of hours and days. */
const MINUTES = [-1_441, -1, 0, 1, 59, 60, 61, 1_439, 1_440].map((minute) => DAY + minute)
const SOURCES = ['a-0', 'b-0', 'c-1'] as const

const keyspace = await openTestKeyspace()
const { client } = keyspace
after(() => keyspace[Symbol.asyncDispose]())

function countsAt(nowMs: number): CassandraCounts {
  return new CassandraCounts(client, new ManualClock(nowMs), RETENTION_MS)
}

async function emptyTables(forms: readonly CountForm[]): Promise<void> {
  for (const table of TABLES) await client.execute(`TRUNCATE ${table}`, [], { prepare: false })
  for (const form of forms) await addEntry(form)
}

async function addEntry({ fromHour, shards }: CountForm): Promise<void> {
  const insert =
    "INSERT INTO count_forms (scope, from_hour, shards, state) VALUES ('counts', ?, ?, 'settled')"
  await client.execute(insert, [new Date(fromHour * MINUTE_MS), shards])
}

async function rowsOf(table: string): Promise<number> {
  return Number((await client.execute(`SELECT count(*) AS count FROM ${table}`)).rows[0]!.count)
}

for (const [how, forms] of Object.entries(FORMS)) {
  countsContract(`The counts on Cassandra ${how}`, async () => {
    await emptyTables(forms)
    const { nowMs, retentionMs } = CONTRACT
    return {
      counts: new CassandraCounts(client, new ManualClock(nowMs), retentionMs),
      close: async () => {},
    }
  })
}

for (const [how, forms] of Object.entries(FORMS)) {
  describe(`The counts on Cassandra ${how}, at random`, () => random(forms))
}

function random(forms: readonly CountForm[]): void {
  it('equal a recount at every resolution, whatever the order of writes and however often', async () => {
    const sent = fc.record({
      source: fc.constantFrom(...SOURCES),
      minute: fc.constantFrom(...MINUTES),
      upTo: fc.nat(12),
    })
    const turns = fc.array(fc.array(fc.array(sent, { maxLength: 8 }), { minLength: 1, maxLength: 4 }), {
      maxLength: 6,
    })
    let runs = 0
    await emptyTables(forms)
    const property = fc.asyncProperty(turns, async (writes) => {
      const counts = countsAt((DAY + 1_440) * MINUTE_MS)
      const videoId = `random-${runs++}`
      const all: Sent[] = []
      for (const turn of writes) {
        await Promise.all(turn.flatMap((rows) => writeBySource(counts, videoId, rows)))
        all.push(...turn.flat())
      }
      await checkSums(counts, videoId, all)
    })
    await fc.assert(property, { numRuns: 40 })
  })
}

type Sent = { readonly source: (typeof SOURCES)[number]; readonly minute: number; readonly upTo: number }

function totalOf({ source, upTo }: Sent): Total {
  const value = upTo * 1_000 + SOURCES.indexOf(source)
  return {
    count: upTo + 1,
    values: upTo,
    sum: -BigInt(value),
    min: upTo === 0 ? null : 0 - value,
    max: upTo === 0 ? null : value,
    upTo,
  }
}

function writeBySource(counts: CassandraCounts, videoId: string, rows: readonly Sent[]): Promise<unknown>[] {
  const rowOf = (sent: Sent): CountRow => ({
    bucket: { ...VIEWS, videoId, minute: sent.minute },
    total: totalOf(sent),
  })
  return Array.from(
    Map.groupBy(rows, ({ source }) => source),
    ([source, sent]) => counts.write(source, sent.map(rowOf)),
  )
}

function sumsOf(sent: readonly Sent[], length: number): Map<number, Aggregate> {
  const winners = new Map<string, Sent>()
  for (const one of sent) {
    const key = `${one.source} ${one.minute}`
    if (one.upTo > (winners.get(key)?.upTo ?? -1)) winners.set(key, one)
  }
  const sums = new Map<number, Aggregate>()
  for (const winner of winners.values()) {
    const start = Math.floor(winner.minute / length) * length
    const { upTo: _, ...aggregate } = totalOf(winner)
    sums.set(start, add(sums.get(start) ?? EMPTY, aggregate))
  }
  return new Map(Array.from(sums).sort(([a], [b]) => a - b))
}

async function checkSums(
  counts: CountReader & CountAudit,
  videoId: string,
  sent: readonly Sent[],
): Promise<void> {
  for (const resolution of ['minute', 'quarter', 'hour', 'day'] as const) {
    const range = { resolution, from: DAY - 14_400, to: DAY + 14_400 }
    const { periods } = await counts.read({ ...VIEWS, videoId }, range)
    const sums = new Map(periods.map(({ start, aggregate }) => [start, aggregate]))
    assert.deepEqual(sums, sumsOf(sent, LENGTHS[resolution]), resolution)
  }
  const held = await counts.heldMinutes({ ...VIEWS, videoId }, DAY - 2_880, DAY + 2_880)
  assert.deepEqual(new Map(held.map(({ minute, stream }) => [minute, stream])), sumsOf(sent, LENGTHS.minute))
  assert.equal(await counts.firstMinute({ ...VIEWS, videoId }), held[0]?.minute ?? null)
}

const TABLE_OF: Readonly<Record<string, readonly CountForm[]>> = {
  counts: [],
  shared_counts: [{ fromHour: ALL_HOURS, shards: 16 }],
}
for (const [table, forms] of Object.entries(TABLE_OF)) {
  describe(`A row of ${table} on Cassandra`, () => rows(table, forms))
}

function rows(table: string, forms: readonly CountForm[]): void {
  const stored = async ({ videoId }: Bucket) => {
    const query = `SELECT video_id, TTL(total) AS ttl, WRITETIME(total) AS stamp FROM ${table}`
    const found = (await client.execute(query)).rows.filter((row) => row.video_id === videoId)
    return found[0] as unknown as { ttl: number; stamp: bigint }
  }
  const total = (upTo: number): Total => ({ ...EMPTY, count: 1, upTo })
  before(() => emptyTables(forms))

  it('is stamped with its minute and the last offset that it includes', async () => {
    const bucket = { ...VIEWS, videoId: 'stamped', minute: DAY + 7 }
    await countsAt(DAY * MINUTE_MS).write('a-0', [{ bucket, total: total(42) }])
    assert.equal((await stored(bucket)).stamp, BigInt(DAY + 7) * 60_000_000n + 42n)
  })

  it('lives until its retention after its minute, also where it is written again', async () => {
    const bucket = { ...VIEWS, videoId: 'expiring', minute: DAY }
    const ages = [0, 3_600, 7_200]
    for (const [i, seconds] of ages.entries()) {
      const counts = countsAt(DAY * MINUTE_MS + seconds * 1_000)
      await counts.write('a-0', [{ bucket, total: total(i) }])
      const { ttl } = await stored(bucket)
      const wanted = RETENTION_MS / 1_000 - seconds
      assert.ok(ttl <= wanted && ttl > wanted - 60, `${ttl} of ${wanted} seconds after ${seconds}`)
    }
  })

  it('that the store refuses is given back with a reason, and its neighbours are stored', async () => {
    const counts = countsAt(DAY * MINUTE_MS)
    const rowOf = (videoId: string, tenant = ''): CountRow => ({
      bucket: { ...VIEWS, tenant, videoId, minute: DAY },
      total: total(1),
    })
    const long = 'x'.repeat(40_000)
    const rows = [rowOf('good-1'), rowOf('x'.repeat(70_000)), rowOf(long, long), rowOf('good-2')]
    const refused = await counts.write('a-0', rows)
    assert.deepEqual(
      refused.map(({ row }) => row),
      [rows[1], rows[2]],
    )
    assert.match(refused[1]!.reason, /[Kk]ey length/)
    const kept = await counts.hydrate('a-0', [rows[0]!.bucket, rows[3]!.bucket])
    assert.deepEqual(kept, [total(1), total(1)])
    assert.deepEqual(await counts.write('a-0', [rows[2]!]), [{ row: rows[2], reason: refused[1]!.reason }])
  })

  it('is not refused where the table is not as it should be', async () => {
    const counts = countsAt(DAY * MINUTE_MS)
    await client.execute(`ALTER TABLE ${table} RENAME minute TO gone`, [], { prepare: false })
    try {
      const bucket = { ...VIEWS, videoId: 'homeless', minute: DAY }
      await assert.rejects(counts.write('a-0', [{ bucket, total: total(1) }]), { code: 'unavailable' })
    } finally {
      await client.execute(`ALTER TABLE ${table} RENAME gone TO minute`, [], { prepare: false })
    }
  })
}

function rowAt(minute: number): CountRow {
  return { bucket: { ...VIEWS, minute }, total: { ...EMPTY, count: 1, upTo: 1 } }
}

describe('An entry of count_forms on Cassandra', () => {
  it('that another process adds is followed from its hour on, and rows before it stay where they are', async () => {
    await emptyTables([])
    const clock = new ManualClock(DAY * MINUTE_MS)
    const counts = new CassandraCounts(client, clock, RETENTION_MS)
    await counts.prepare()
    const fromHour = DAY + 180
    await addEntry({ fromHour, shards: 5 })
    await counts.write('a-0', [rowAt(fromHour - 61)])
    clock.advance(180 * MINUTE_MS)
    await counts.write('a-0', [rowAt(fromHour - 1), rowAt(fromHour), rowAt(fromHour + 60)])
    assert.deepEqual([await rowsOf('counts'), await rowsOf('shared_counts')], [2, 2])
    const late = new CassandraCounts(client, clock, RETENTION_MS)
    for (const reader of [counts, late]) {
      const range = { resolution: 'day', from: DAY, to: DAY + 1_440 } as const
      const { periods } = await reader.read(VIEWS, range)
      assert.deepEqual(periods, [{ start: DAY, aggregate: { ...EMPTY, count: 4 } }])
      assert.equal((await reader.heldMinutes(VIEWS, DAY, DAY + 1_440)).length, 4)
      assert.equal(await reader.firstMinute(VIEWS), fromHour - 61)
      for (const hour of [DAY + 60, DAY + 120, fromHour, fromHour + 60]) {
        assert.deepEqual((await Array.fromAsync(reader.writtenSeries(hour))).flat(), [VIEWS])
      }
    }
  })

  it('that says nothing stops writing and reading', async () => {
    await emptyTables([{ fromHour: DAY + 1, shards: 5 }])
    const counts = countsAt(DAY * MINUTE_MS)
    const wrong = { code: 'unavailable', message: /count_forms from 2023-11-14T00:01.*says nothing/ }
    await assert.rejects(counts.write('a-0', [rowAt(DAY)]), wrong)
    await assert.rejects(counts.heldMinutes(VIEWS, DAY, DAY + 60), wrong)
    await assert.rejects(counts.read(VIEWS, { resolution: 'day', from: DAY, to: DAY + 1_440 }), wrong)
  })

  it('has the series of an hour listed in pages, whatever the number of shards', async () => {
    await emptyTables([{ fromHour: ALL_HOURS, shards: 1 }])
    const counts = countsAt(DAY * MINUTE_MS)
    const names = Array.from({ length: 2_500 }, (_, i) => `v${String(i).padStart(4, '0')}`)
    const rows = names.flatMap((videoId) =>
      [DAY, DAY + 1].map((minute) => ({ ...rowAt(minute), bucket: { ...VIEWS, videoId, minute } })),
    )
    await counts.write('a-0', rows)
    const listed = (await Array.fromAsync(counts.writtenSeries(DAY))).flat()
    assert.deepEqual(
      listed.map(({ videoId }) => videoId),
      names,
    )
    const totals = await counts.hydrate(
      'a-0',
      rows.map(({ bucket }) => bucket),
    )
    assert.ok(totals.every((total) => total?.count === 1))
  })
})

describe('A series in shared partitions on Cassandra', () => {
  it('that an earlier version noted by days is read, listed and added to', async () => {
    await emptyTables([{ fromHour: ALL_HOURS, shards: 4 }])
    const counts = countsAt((DAY + 1_440) * MINUTE_MS)
    const other = { ...VIEWS, videoId: 'new' }
    await counts.write('a-0', [rowAt(DAY + 61)])
    await client.execute('TRUNCATE shared_series', [], { prepare: false })
    const insert = 'INSERT INTO video_days (tenant, video_id, event_type, day) VALUES (?, ?, ?, ?)'
    await client.execute(insert, ['', VIEWS.videoId, VIEWS.type, dateValue(DAY / 1_440)], { prepare: true })
    const later = countsAt((DAY + 1_440) * MINUTE_MS)
    const check = async (count: number) => {
      const { periods } = await later.read(VIEWS, { resolution: 'day', from: DAY, to: DAY + 2_880 })
      assert.equal(
        periods.reduce((sum, { aggregate }) => sum + aggregate.count, 0),
        count,
      )
      assert.equal(await later.firstMinute(VIEWS), DAY + 61)
      assert.deepEqual(await later.types('', VIEWS.videoId), [VIEWS.type])
    }
    await check(1)
    await later.write('a-0', [rowAt(DAY + 1_441)])
    await later.write('b-0', [{ ...rowAt(DAY), bucket: { ...other, minute: DAY } }])
    await check(2)
    const listed = (await Array.fromAsync(later.videos())).flat().map(({ videoId }) => videoId)
    assert.deepEqual(listed.sort(), [other.videoId, VIEWS.videoId].sort())
  })
})

describe('Sources of one process on Cassandra', () => {
  const rowOf = (source: number, video: number): CountRow => ({
    bucket: { ...VIEWS, videoId: `v${video}`, minute: DAY },
    total: { ...EMPTY, count: source + 1, upTo: source },
  })

  it('write the rows of a shard together, and a video in two of them once in the index', async () => {
    await emptyTables([{ fromHour: ALL_HOURS, shards: 1 }])
    const counts = countsAt(DAY * MINUTE_MS)
    await counts.prepare()
    let batches = 0
    const batch = client.batch.bind(client)
    Object.assign(client, {
      batch: (...args: Parameters<typeof batch>) => {
        batches++
        return batch(...args)
      },
    })
    try {
      const videos = Array.from({ length: 30 }, (_, video) => video)
      const writes = [0, 1, 2].map((source) =>
        counts.write(
          `s-${source}`,
          videos.map((video) => rowOf(source, video)),
        ),
      )
      assert.deepEqual(await Promise.all(writes), [[], [], []])
    } finally {
      Object.assign(client, { batch })
    }
    assert.equal(batches, 3) // rows, series, and the hour, three times the same
    assert.deepEqual([await rowsOf('shared_counts'), await rowsOf('shared_series')], [90, 30])
    const { periods } = await counts.read(
      { ...VIEWS, videoId: 'v7' },
      { resolution: 'hour', from: DAY, to: DAY + 60 },
    )
    assert.deepEqual(periods, [{ start: DAY, aggregate: { ...EMPTY, count: 6 } }])
  })

  it('are told apart: one whose row is refused has it back, and the others have theirs stored', async () => {
    await emptyTables([{ fromHour: ALL_HOURS, shards: 1 }])
    const counts = countsAt(DAY * MINUTE_MS)
    const long = 'x'.repeat(40_000)
    const bad = { ...rowOf(0, 1), bucket: { ...VIEWS, tenant: long, videoId: long, minute: DAY } }
    const refused = await Promise.all([
      counts.write('s-0', [rowOf(0, 1), bad]),
      counts.write('s-1', [rowOf(1, 1), rowOf(1, 2)]),
    ])
    assert.deepEqual(
      refused.map((rows) => rows.map(({ row }) => row)),
      [[bad], []],
    )
    assert.deepEqual(await counts.hydrate('s-1', [rowOf(1, 1).bucket, rowOf(1, 2).bucket]), [
      rowOf(1, 1).total,
      rowOf(1, 2).total,
    ])
  })
})
