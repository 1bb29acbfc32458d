// Videos with any valid name, through the whole product: each is counted, corrected, found and returned under the
// name with which it was sent.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { readParquetRows } from '../../stores/archive/duckdb/read-parquet.ts'
import { arbitraryNames } from '../../testing/arbitrary-name.ts'
import { LiveClient } from '../../testing/live-client.ts'
import { StandaloneChild } from '../../testing/standalone-child.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { until } from '../../testing/until.ts'

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000)
/** The most videos of one question. */
const NAMES_MAX = 100
const LATE_MS = 90 * 60_000
const QUICK = {
  FLUSH_INTERVAL_MS: '50',
  ARCHIVE_FLUSH_MS: '200',
  ARCHIVE_LATE_FLUSH_MS: '200',
  RECONCILE_INTERVAL_MS: '1000',
  PROBE_INTERVAL_S: '0',
}
/** No address can hold these as a part (RFC 3986, section 5.2.4): a query can. */
const DOT_SEGMENT = /^\.\.?$/
/** A spreadsheet would run these: CSV puts an apostrophe before them. */
const FORMULA = /^[=+\-@＝＋－＠\t\r]/

function someNames(): string[] {
  const drawn = fc.sample(arbitraryNames, { numRuns: 8, seed: SEED }).flat()
  return Array.from(new Set(['\ufeffv', 'v', ' v', 'v ', ...drawn])).slice(0, NAMES_MAX)
}

type Json = Record<string, unknown>

async function json(url: string, init: RequestInit = {}): Promise<Json> {
  const answer = await fetch(url, init)
  assert.ok(answer.ok, `${url}: ${answer.status} ${answer.ok ? '' : await answer.text()}`)
  return answer.json() as Promise<Json>
}

const posted = (body: unknown, accept = 'application/json'): RequestInit => {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept },
    body: JSON.stringify(body),
  }
}

/** Of each name one more on time than of the name before, and two late ones. */
async function sendAll(url: string, names: readonly string[]): Promise<void> {
  const now = Date.now()
  const event = (videoId: string, id: string, time: number) => {
    return {
      id,
      videoId,
      type: 'view',
      time,
      viewerId: videoId,
      channelId: videoId,
      attributes: { title: videoId },
    }
  }
  const events = names.flatMap((name, i) => [
    ...Array.from({ length: (i % 5) + 1 }, (_, k) => event(name, `e${k}`, now)),
    ...['l0', 'l1'].map((id) => event(name, id, now - LATE_MS)),
  ])
  for (let from = 0; from < events.length; from += 500) {
    const answer = await json(`${url}/v1/events`, posted(events.slice(from, from + 500)))
    assert.deepEqual(answer.rejected, [])
  }
}

const countOf = (i: number) => (i % 5) + 3
const wanted = (names: readonly string[]) => Object.fromEntries(names.map((name, i) => [name, countOf(i)]))

test(`videos of any name are counted, corrected and told under it (SEED=${SEED})`, async () => {
  await using directory = await temporaryDirectory()
  await using child = new StandaloneChild({ ...QUICK, DATA_DIR: join(directory.path, 'data') })
  const url = await child.url()
  const names = someNames()
  await sendAll(url, names)
  const startTime = new Date(Date.now() - 24 * 3_600_000).toISOString()
  const question = {
    videoIds: names,
    eventTypes: ['view'],
    functions: ['count'],
    startTime,
    groupBy: ['video'],
  }
  const counts = async () => {
    const { rows } = (await json(`${url}/v1/query`, posted(question))) as {
      rows: { videoId: string; values: { count: number } }[]
    }
    return Object.fromEntries(rows.map(({ videoId, values }) => [videoId, values.count]))
  }
  const isDone = async () => Object.values(await counts()).every((count, i) => count === countOf(i))
  await until('all names have their counts', isDone)
  assert.deepEqual(await counts(), wanted(names))

  for (const [i, name] of names.entries()) {
    if (DOT_SEGMENT.test(name)) continue
    const address = `${url}/v1/videos/${encodeURIComponent(name)}`
    const range = `startTime=${startTime}`
    const stats = await json(`${address}/stats?eventType=view&function=count&${range}`)
    assert.deepEqual([stats.videoId, stats.value], [name, countOf(i)])
    assert.equal((await json(`${address}/summary?${range}`)).videoId, name)
    const uniques = await json(`${address}/uniques?${range}`)
    assert.deepEqual([uniques.videoId, uniques.uniques], [name, 1])
    await json(address, { ...posted({ title: name }), method: 'PUT' })
    const found = (await json(`${url}/v1/videos?search=${encodeURIComponent(name)}&limit=1`)) as {
      videos: { videoId: string; title: string }[]
    }
    assert.deepEqual([found.videos[0]?.videoId, found.videos[0]?.title], [name, name])
  }
  await tablesHoldThem(url, names, question)
  await exportsHoldThem(url, names, startTime, directory.path)
  await liveTellsThem(url, names)
})

async function tablesHoldThem(url: string, names: readonly string[], question: unknown): Promise<void> {
  const csv = Buffer.from(
    await (await fetch(`${url}/v1/query`, posted(question, 'text/csv'))).arrayBuffer(),
  ).toString()
  const cells = new Set(parseCsv(csv).flat())
  for (const name of names) if (!FORMULA.test(name)) assert.ok(cells.has(name), JSON.stringify(name))
  const ndjson = Buffer.from(
    await (await fetch(`${url}/v1/query`, posted(question, 'application/x-ndjson'))).arrayBuffer(),
  ).toString()
  const lines = ndjson.split('\n').filter((line) => line !== '')
  const told = lines.map((line) => (JSON.parse(line) as Json).videoId).filter((name) => name !== undefined)
  assert.deepEqual(new Set(told), new Set(names))
  const top = (await json(`${url}/v1/top?eventType=view&limit=${NAMES_MAX}`)) as {
    videos: { videoId: string }[]
  }
  assert.deepEqual(new Set(top.videos.map(({ videoId }) => videoId)), new Set(names))
}

async function exportsHoldThem(url: string, names: readonly string[], startTime: string, directory: string) {
  const range = `startTime=${startTime}&endTime=${new Date(Date.now() + 60_000).toISOString()}`
  for (const [what, columns] of [
    ['raw', ['video_id', 'viewer_id', 'channel_id']],
    ['counts', ['videoId', 'video_id']],
  ] as const) {
    const path = join(directory, `${what}.parquet`)
    const answer = await fetch(`${url}/v1/admin/exports/${what}?${range}&format=parquet`)
    assert.equal(answer.status, 200)
    await writeFile(path, Buffer.from(await answer.arrayBuffer()))
    const rows = (await Array.fromAsync(readParquetRows(path))).flat()
    for (const column of columns.filter((name) => name in rows[0]!.object)) {
      assert.deepEqual(new Set(rows.map(({ object }) => object[column])), new Set(names), `${what} ${column}`)
    }
  }
}

async function liveTellsThem(url: string, names: readonly string[]): Promise<void> {
  const asked = names.slice(0, 40)
  const query = asked.map((name) => `videoId=${encodeURIComponent(name)}`).join('&')
  const client = await LiveClient.connect(`${url}/v1/live?${query}&eventType=view`)
  const told = new Set<unknown>()
  await client.until(({ event, data }) => {
    if (event === 'counts') told.add((data as Json).videoId)
    return told.size === asked.length
  })
  assert.deepEqual(told, new Set(asked))
  client.close()
}

/** By RFC 4180. */
function parseCsv(text: string): string[][] {
  const cell = /(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r\n|$)/gy
  const rows: string[][] = [[]]
  for (const [, quoted, plain, end] of text.matchAll(cell)) {
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain!)
    if (end === '\r\n') rows.push([])
    if (end === '') break
  }
  return rows
}
