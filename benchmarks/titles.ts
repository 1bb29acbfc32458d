// What titles cost on a cluster: in tables that processes share, on the Cassandra that CASSANDRA_CONTACT_POINTS names,
// and beside it in a database on the disk of each process, as it was before. What a process reads from the topic at its
// first start is handed to the database here without a broker.
import assert from 'node:assert/strict'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { MIB } from '../lib/byte-units.ts'
import { commandLine } from '../lib/command-line.ts'
import { isOn, wholeNumber } from '../lib/flags.ts'
import { systemClock } from '../lib/system-clock.ts'
import { DEFAULT_LEVELS } from '../stores/cassandra/consistency.ts'
import { CassandraTitles } from '../stores/videos/cassandra/cassandra-titles.ts'
import { ReadLimits } from '../stores/videos/read-limits.ts'
import { openSharedVideos } from '../stores/videos/shared-videos.ts'
import { applyAll } from '../stores/videos/title-follower.ts'
import { openVideoStore } from '../stores/videos/video-store.ts'
import type { FoundVideo, Video, VideoReader } from '../stores/videos/videos.ts'
import { openTestKeyspace } from '../testing/cassandra-keyspace.ts'
import { MemoryClient } from '../testing/memory-kafka-client.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { cpuSeconds } from './cluster/process-usage.ts'
import { quantile } from './race.ts'
import { seededRandom } from './random.ts'
import { print, type Row } from './report.ts'

const { values } = commandLine({
  usage: 'npm run bench -- titles [flags]',
  flags: {
    quick: isOn('1,000 videos'),
    videos: wholeNumber('N', 'with titles', 100_000, { least: 100, most: 1e8 }),
  },
})
const count = values.quick ? 1_000 : values.videos
const { CASSANDRA_PID: pid } = process.env
const WORDS = 5_000
const TOGETHER = 1_000
const QUESTIONS = 100

print(`titles of ${count} videos`, [await onDisk(), await shared()])

async function onDisk(): Promise<Row> {
  await using directory = await temporaryDirectory()
  const filledMs = await timeOf(async () => {
    const store = await openVideoStore(directory.path)
    for (let from = 0; from < count; from += TOGETHER)
      await store.apply(videosFrom(from).map((found) => ({ tenant: '', ...found })))
    await store.close()
  })
  let store = await openVideoStore(directory.path)
  await store.close()
  const startMs = await timeOf(async () => {
    store = await openVideoStore(directory.path)
  })
  const asked = await ask(store)
  await store.close()
  const bytes = readdirSync(directory.path).reduce(
    (sum, name) => sum + statSync(join(directory.path, name)).size,
    0,
  )
  return row('on the disk of each process', filledMs, filledMs, startMs, bytes, 0, asked)
}

async function shared(): Promise<Row> {
  await using keyspace = await openTestKeyspace()
  const levels = { ...DEFAULT_LEVELS, promised: () => ({ isQueryFresh: true, fault: null }) }
  const store = new CassandraTitles(keyspace.client, levels, 'bench', systemClock.nowMs)
  const cpuBefore = pid === undefined ? 0 : cpuSeconds(Number(pid))
  const filledMs = await timeOf(async () => {
    for (let from = 0; from < count; from += TOGETHER) {
      const placed = videosFrom(from).map((found, i) => ({
        change: { tenant: '', ...found },
        offset: from + i,
      }))
      await applyAll(store.of(0).writes, placed)
    }
    await store.begin(0)
    await store.noteWhole(0)
  })
  const storeCpu = pid === undefined ? 0 : cpuSeconds(Number(pid)) - cpuBefore
  const client = new MemoryClient(systemClock)
  client.topics.set('bench.videos', [[]])
  const open = () =>
    openSharedVideos({
      ...{
        client,
        clock: systemClock,
        prefix: 'bench',
        store,
        worker: 'bench',
        limits: new ReadLimits(null, systemClock),
      },
      onTrouble: (error) => console.error(error),
    })
  const startMs = await timeOf(async () => {
    await (await open()).close()
  })
  const videos = await open()
  const asked = await ask(videos)
  await videos.close()
  return row('in tables that all share', filledMs, startMs, startMs, 0, storeCpu, asked)
}

type Asked = {
  readonly find: readonly number[]
  readonly search: readonly number[]
  readonly list: readonly number[]
}

/** Each question on its own; none of them twice. */
async function ask(videos: VideoReader): Promise<Asked> {
  const random = seededRandom(7)
  const asked = { find: [] as number[], search: [] as number[], list: [] as number[] }
  for (let i = 0; i < QUESTIONS; i++) {
    const at = Math.floor(random() * count)
    asked.find.push(await timeOf(async () => assert.ok(await videos.find('', idOf(at)))))
    const [, word] = videoOf(at).title.split(' ')
    const search = async () => assert.ok((await videos.search('', word!, 20)).videos.length > 0)
    asked.search.push(await timeOf(search))
    asked.list.push(await timeOf(async () => void (await videos.search('', '', 20))))
  }
  return asked
}

function row(
  way: string,
  filledMs: number,
  firstMs: number,
  laterMs: number,
  bytes: number,
  storeCpu: number,
  { find, search, list }: Asked,
): Row {
  return {
    way,
    'videos/s when filled': Math.round(count / (filledMs / 1_000)),
    'first start s': firstMs / 1_000,
    'later start s': laterMs / 1_000,
    'MiB on its disk': bytes / MIB,
    'CPU-s of Cassandra': storeCpu,
    'find p50 ms': quantile(find, 0.5),
    'find p99 ms': quantile(find, 0.99),
    'search p50 ms': quantile(search, 0.5),
    'search p99 ms': quantile(search, 0.99),
    'list p50 ms': quantile(list, 0.5),
  }
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now()
  await work()
  return performance.now() - startedMs
}

function videosFrom(from: number): FoundVideo[] {
  const length = Math.min(TOGETHER, count - from)
  return Array.from({ length }, (_, i) => ({ videoId: idOf(from + i), video: videoOf(from + i) }))
}

function idOf(i: number): string {
  return Math.imul(i + 1, 0x9e3779b1).toString(36) + i.toString(36)
}

/** Six words by Zipf's law, in one of a thousand channels. */
function videoOf(i: number): Video {
  const random = seededRandom(i)
  const title = Array.from({ length: 6 }, () => wordOf(Math.floor(WORDS ** random()) - 1)).join(' ')
  return { title, channel: `Channel ${i % 1_000}`, durationSeconds: 60, publishedMs: 1.7e12 }
}

function wordOf(rank: number): string {
  return `${String.fromCharCode(97 + ((rank * 7) % 26))}${Math.imul(rank + 1, 2_654_435).toString(36)}`
}
