// A backup of a whole process while senders are at work: what is restored has counted exactly what its log holds, all
// that was acknowledged before the backup is in it, and whoever sends everything again afterwards changes nothing that
// was there. The process that was backed up loses nothing.
import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../../lib/system-clock.ts'
import { HOUR_MS, MINUTE_MS } from '../../model/bucket.ts'
import { loadSchemas } from '../../schemas/schema-set.ts'
import { recordArchive } from '../../services/reconciler/archiving/raw-events.ts'
import type { RawEvent } from '../../stores/archive/archive.ts'
import { readManifest } from '../../stores/backup/restore-backup.ts'
import { openEmbeddedLog } from '../../stores/log/embedded/embedded-log.ts'
import { EVENT_LANES, sourcesOf } from '../../stores/log/log.ts'
import { StandaloneChild } from '../../testing/standalone-child.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { until } from '../../testing/until.ts'
import { run as runBackup } from '../../tools/backup/run-backup.ts'
import { run as runRestore } from '../../tools/restore/run-restore.ts'

const QUICK = {
  FLUSH_INTERVAL_MS: '50',
  ARCHIVE_FLUSH_MS: '100',
  ARCHIVE_LATE_FLUSH_MS: '100',
  RECONCILE_INTERVAL_MS: '500',
  PROBE_INTERVAL_S: '0',
}
/** Older than the horizon, and so counted by the recount alone. */
const LATE_MS = 90 * MINUTE_MS
const SENDERS = 3
const EVENTS_A_REQUEST = 20
const WARM_UP_REQUESTS = 30
const SILENT = { write() {} }

type Sent = { readonly id: string; readonly videoId: string; readonly type: string; readonly time: number }

class Senders {
  /** In the order in which they were acknowledged. */
  readonly acknowledged: Sent[] = []
  readonly #url: string
  #isStopping = false
  readonly #running: Promise<unknown>

  constructor(url: string) {
    this.#url = url
    this.#running = Promise.all(Array.from({ length: SENDERS }, (_, i) => this.#send(i)))
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    await this.#running
  }

  async atLeast(requests: number): Promise<void> {
    const isReached = () => this.acknowledged.length >= requests * EVENTS_A_REQUEST
    await until(`${requests} requests are acknowledged`, isReached)
  }

  async #send(sender: number): Promise<void> {
    for (let request = 0; !this.#isStopping; request++) {
      const events = Array.from({ length: EVENTS_A_REQUEST }, (_, i) => ({
        ...{ id: `${sender}-${request}-${i}`, videoId: 'cats', type: 'view' },
        time: Date.now() - (i % 4 === 0 ? LATE_MS : 0),
      }))
      await post(this.#url, events)
      this.acknowledged.push(...events)
    }
  }
}

async function post(url: string, events: readonly Sent[]): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${url}/v1/events`, { method: 'POST', headers, body: JSON.stringify(events) })
  assert.equal(answer.status, 202, await answer.text())
}

async function countOf(url: string): Promise<number> {
  const startTime = new Date(Date.now() - 24 * HOUR_MS).toISOString()
  const path = `/v1/videos/cats/stats?eventType=view&function=count&startTime=${startTime}`
  return ((await (await fetch(`${url}${path}`)).json()) as { value: number }).value
}

async function untilCounted(url: string, wanted: number): Promise<void> {
  await until(`${wanted} are counted`, async () => {
    const count = await countOf(url)
    assert.ok(count <= wanted, `${count} are counted, of ${wanted}`)
    return count === wanted
  })
}

/** The ids of all events that the log in a data directory holds, and where its sources end. */
async function heldIn(directory: string) {
  const log = await openEmbeddedLog({
    ...{ directory: join(directory, 'log'), clock: systemClock, partitions: 1 },
    retention: { ageMs: 1e12, bytesMax: 1e12 },
  })
  const ids = new Set<string>()
  const take = async ({ events }: { readonly events: readonly RawEvent[] }) => {
    for (const { id } of events) ids.add(id)
  }
  const records = recordArchive({ store: take }, loadSchemas())
  const ends = new Map<string, number>()
  for (const source of await sourcesOf(log, EVENT_LANES)) {
    const { endOffset } = await log.bounds(source)
    ends.set(source.id, endOffset)
    for (let at = 0; at < endOffset; ) {
      const slice = await log.read(source, at, { bytesMax: 1 << 20, waitMs: 0 })
      const place = { sourceId: source.id, origin: 'events', fromOffset: at, toOffset: endOffset } as const
      await records.store({ ...place, records: slice.records })
      at += slice.records.length
    }
  }
  await log.close()
  return { ids, ends }
}

test('a backup under load is exact, and so is the process that goes on', async () => {
  await using directory = await temporaryDirectory()
  const [data, out, restored] = ['data', 'backup', 'restored'].map((name) => join(directory.path, name)) as [
    string,
    string,
    string,
  ]
  const all: Sent[] = []
  let before: readonly Sent[] = []
  {
    await using child = new StandaloneChild({ ...QUICK, DATA_DIR: data })
    const url = await child.url()
    const senders = new Senders(url)
    await senders.atLeast(WARM_UP_REQUESTS)
    before = [...senders.acknowledged]
    await runBackup({ out, url, key: null }, () => {}, SILENT)
    await senders.atLeast(before.length / EVENTS_A_REQUEST + WARM_UP_REQUESTS)
    await senders.stop()
    all.push(...senders.acknowledged)
    await untilCounted(url, all.length)
  }
  await rm(data, { recursive: true })
  await runRestore({ from: out, dataDirectory: restored }, () => {}, SILENT)

  const { ids, ends } = await heldIn(restored)
  const { sources } = await readManifest(out)
  for (const { id, lane, endOffset } of sources)
    if (lane !== 'events-dead') assert.equal(endOffset, ends.get(id))
  for (const { id } of before) assert.ok(ids.has(id), `${id} was acknowledged before the backup`)
  assert.ok(ids.size < all.length, 'the backup is of a moment before the end')

  await using child = new StandaloneChild({ ...QUICK, DATA_DIR: restored })
  const url = await child.url()
  await untilCounted(url, ids.size)
  for (let at = 0; at < all.length; at += 500) await post(url, all.slice(at, at + 500))
  await untilCounted(url, all.length)
  const ready = (await (await fetch(`${url}/health/ready`)).json()) as object
  assert.deepEqual(ready, { status: 'ready' })
})
