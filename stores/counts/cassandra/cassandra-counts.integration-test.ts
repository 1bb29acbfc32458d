import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import fc from 'fast-check'
import { type Bucket, MINUTE_MS } from '../../../model/bucket.ts'
import { type Aggregate, add, EMPTY, type Total } from '../../../model/total.ts'
import { openTestKeyspace } from '../../../testing/cassandra-keyspace.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import type { CountReader, CountRow, Resolution } from '../counts.ts'
import { countsContract, DAY, VIEWS } from '../counts-contract.ts'
import { CassandraCounts } from './cassandra-counts.ts'

const RETENTION_MS = 14 * 1_440 * MINUTE_MS
const TABLES = ['counts', 'video_days', 'hour_series', 'counted_hours', 'checkpoints']
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

async function emptyCounts(): Promise<CassandraCounts> {
  for (const table of TABLES) await client.execute(`TRUNCATE ${table}`, [], { prepare: false })
  return countsAt(DAY * MINUTE_MS)
}

countsContract('The counts on Cassandra', async () => ({
  counts: await emptyCounts(),
  close: async () => {},
}))

describe('The counts on Cassandra, at random', () => {
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
    const property = fc.asyncProperty(turns, async (writes) => {
      const counts = countsAt(DAY * MINUTE_MS)
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
})

type Sent = { readonly source: (typeof SOURCES)[number]; readonly minute: number; readonly upTo: number }

function totalOf({ source, upTo }: Sent): Total {
  const value = upTo * 1_000 + SOURCES.indexOf(source)
  return {
    count: upTo + 1,
    values: upTo,
    sum: -BigInt(value),
    min: 0 - value,
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

async function checkSums(counts: CountReader, videoId: string, sent: readonly Sent[]): Promise<void> {
  for (const resolution of ['minute', 'hour', 'day'] as const) {
    const range = { resolution, from: DAY - 14_400, to: DAY + 14_400 }
    const { periods } = await counts.read({ ...VIEWS, videoId }, range)
    const sums = new Map(periods.map(({ start, aggregate }) => [start, aggregate]))
    assert.deepEqual(sums, sumsOf(sent, LENGTHS[resolution]), resolution)
  }
}

describe('A row on Cassandra', () => {
  const stored = async (bucket: Bucket) => {
    const query = `SELECT TTL(total) AS ttl, WRITETIME(total) AS stamp FROM counts
      WHERE tenant = ? AND video_id = ? AND event_type = ? AND day = '2023-11-14'`
    const { rows } = await client.execute(query, [bucket.tenant, bucket.videoId, bucket.type])
    return rows[0] as unknown as { ttl: number; stamp: bigint }
  }
  const total = (upTo: number): Total => ({ ...EMPTY, count: 1, upTo })

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
    await client.execute('ALTER TABLE counts RENAME minute TO gone', [], { prepare: false })
    try {
      const bucket = { ...VIEWS, videoId: 'homeless', minute: DAY }
      await assert.rejects(counts.write('a-0', [{ bucket, total: total(1) }]), { code: 'unavailable' })
    } finally {
      await client.execute('ALTER TABLE counts RENAME gone TO minute', [], { prepare: false })
    }
  })
})
