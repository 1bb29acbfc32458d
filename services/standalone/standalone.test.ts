import assert from 'node:assert/strict'
import { lstat, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../../lib/system-clock.ts'
import { SECOND_MS } from '../../model/bucket.ts'
import { RecordBuilder } from '../../schemas/record.ts'
import { openDataDirectory } from '../../stores/disk/data-directory.ts'
import { LevelDatabase } from '../../stores/disk/level-database.ts'
import { openEmbeddedLog } from '../../stores/log/embedded/embedded-log.ts'
import { HORIZONS_KEY } from '../../stores/log/embedded/records.ts'
import { openLocalObjects } from '../../stores/objects/local-objects.ts'
import { StandaloneChild } from '../../testing/standalone-child.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { until } from '../../testing/until.ts'
import type { TopAnswer } from '../query/tops/top.ts'

/** In which something could be counted twice. */
const A_MOMENT_MS = 200

type SentEvent = { id: string; videoId: string; type: string; time: number; value?: number }

function views(count: number, first = 0): SentEvent[] {
  return Array.from({ length: count }, (_, i) => {
    return {
      id: `e${first + i}`,
      videoId: `v${(first + i) % 3}`,
      type: 'view',
      time: Date.now(),
      value: 1.001,
    }
  })
}

async function send(url: string, events: readonly SentEvent[]): Promise<{ accepted: number }> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${url}/v1/events`, { method: 'POST', headers, body: JSON.stringify(events) })
  assert.equal(answer.status, 202)
  return answer.json() as Promise<{ accepted: number }>
}

async function stat(url: string, fn: string, videoId = 'v0'): Promise<number> {
  const answer = await fetch(`${url}/v1/videos/${videoId}/stats?eventType=view&function=${fn}`)
  assert.equal(answer.status, 200)
  return ((await answer.json()) as { value: number }).value
}

/** Waits until the counts hold `expected` events, and then a moment more, lest they go beyond. */
async function counted(url: string, expected: number): Promise<number> {
  const total = async () =>
    (await Promise.all(['v0', 'v1', 'v2'].map((v) => stat(url, 'count', v)))).reduce((a, b) => a + b)
  await until(`${expected} are counted`, async () => (await total()) >= expected)
  await sleep(A_MOMENT_MS)
  return total()
}

/** By source, once the checkpoints have passed so many events. */
async function ledgerOf(url: string, events: number): Promise<readonly Record<string, number>[]> {
  const ask = async () => {
    const { ledger } = (await (await fetch(`${url}/v1/audit`)).json()) as { ledger: Record<string, number>[] }
    return ledger
  }
  const passed = async () => (await ask()).reduce((sum, source) => sum + source.events!, 0)
  await until(`the checkpoints pass ${events} events`, async () => (await passed()) >= events)
  return ask()
}

test('what was acknowledged is counted once after kill -9, also what is sent again', async () => {
  await using directory = await temporaryDirectory()
  const environment = { DATA_DIR: directory.path, FLUSH_INTERVAL_MS: '50' }
  const events = views(900)
  for (let round = 0; round < 3; round++) {
    await using server = new StandaloneChild(environment)
    const url = await server.url()
    await send(url, events.slice(0, 300 * (round + 1))) // all of the earlier ones once more
    await server.kill('SIGKILL')
  }
  await using server = new StandaloneChild(environment)
  const url = await server.url()
  assert.equal(await counted(url, 900), 900)
  assert.equal(await stat(url, 'sum'), 300.3)
})

test('all that it keeps is its account’s alone, raw events in Parquet too, whatever the umask is', async () => {
  await using directory = await temporaryDirectory()
  const root = join(directory.path, 'data')
  const umask = process.umask(0)
  await using server = new StandaloneChild({
    ...{ DATA_DIR: root, FLUSH_INTERVAL_MS: '50', ARCHIVE_FLUSH_MS: '1000', SNAPSHOT_INTERVAL_MS: '1000' },
    PROBE_INTERVAL_S: '0',
  })
  process.umask(umask)
  await send(await server.url(), views(9))
  const all = () => readdir(root, { recursive: true })
  await until('something is archived', async () => (await all()).some((name) => name.endsWith('.parquet')))
  await server.kill('SIGTERM')
  const modes = ['.', ...(await all())].map(async (name) => {
    const status = await lstat(join(root, name))
    return `${name} ${(status.mode & 0o777).toString(8)}`
  })
  const wide = (await Promise.all(modes)).filter((line) => !/ [67]00$/.test(line))
  assert.ok(modes.length > 20)
  assert.deepEqual(wide, [])
})

test('events of minutes in which the overload lane was on are counted once, also when it is off again', async () => {
  await using directory = await temporaryDirectory()
  const environment = { DATA_DIR: directory.path, FLUSH_INTERVAL_MS: '50' }
  const events = views(300)
  for (const OVERFLOW of ['on', 'off']) {
    await using server = new StandaloneChild({ ...environment, OVERFLOW })
    const url = await server.url()
    await send(url, events)
    assert.equal(await counted(url, 300), 300)
    await server.kill('SIGTERM')
  }
  const objects = await openLocalObjects(join(directory.path, 'overflow'))
  assert.ok((await objects.list('overflow/')).length > 0)
})

test('a clean stop leaves nothing to do for the next start', async () => {
  await using directory = await temporaryDirectory()
  const environment = { DATA_DIR: directory.path, FLUSH_INTERVAL_MS: '60000' }
  await using first = new StandaloneChild(environment)
  await send(await first.url(), views(90))
  const { code, errors } = await first.kill('SIGTERM')
  assert.deepEqual({ code, errors }, { code: 0, errors: '' })
  await using second = new StandaloneChild(environment)
  assert.equal(await stat(await second.url(), 'count'), 30)
})

test('top lists are exact, also after kill -9', async () => {
  await using directory = await temporaryDirectory()
  const environment = { DATA_DIR: directory.path, FLUSH_INTERVAL_MS: '50' }
  const top = async (url: string) =>
    (await (await fetch(`${url}/v1/top?eventType=view&limit=2`)).json()) as TopAnswer
  await using first = new StandaloneChild(environment)
  await send(await first.url(), views(100))
  await counted(await first.url(), 100)
  await first.kill('SIGKILL')
  await using second = new StandaloneChild(environment)
  const url = await second.url()
  await send(url, views(2, 100))
  await counted(url, 102)
  await until('it is filled from the counts', async () => (await top(url)).meta.exact)
  assert.deepEqual((await top(url)).videos, [
    { videoId: 'v0', count: 34 },
    { videoId: 'v1', count: 34 },
  ])
})

test('the ledger in the audit adds up', async () => {
  await using directory = await temporaryDirectory()
  await using server = new StandaloneChild({
    ...{ DATA_DIR: directory.path, FLUSH_INTERVAL_MS: '50', PROBE_INTERVAL_S: '0' },
  })
  const url = await server.url()
  await send(url, [...views(30), ...views(30)])
  const ledger = await ledgerOf(url, 60)
  const sum = (of: string) => ledger.reduce((n, source) => n + source[of]!, 0)
  assert.deepEqual([sum('events'), sum('counted'), sum('duplicate')], [60, 30, 30])
  assert.ok(ledger.every(({ balanced }) => balanced))
})

test('a second process on the same directory is refused, and the first one goes on', async () => {
  await using directory = await temporaryDirectory()
  await using first = new StandaloneChild({ DATA_DIR: directory.path })
  const url = await first.url()
  await using second = new StandaloneChild({ DATA_DIR: directory.path })
  const { code, errors } = await second.ended
  assert.equal(code, 1)
  assert.match(errors, /^tally: Another process uses the directory .*\n$/)
  assert.equal((await send(url, views(3))).accepted, 3)
})

test('a damaged directory is refused with words that say what to do', async () => {
  await using directory = await temporaryDirectory()
  await using first = new StandaloneChild({ DATA_DIR: directory.path })
  await first.url()
  await first.kill('SIGTERM')
  await rm(join(directory.path, 'counts', 'CURRENT'))
  await using second = new StandaloneChild({ DATA_DIR: directory.path })
  const { code, errors } = await second.ended
  assert.equal(code, 1)
  assert.match(errors, /counts is damaged: restore it from a backup, or move it aside/)
})

test('a log that lost what was counted is refused, before it takes events in the place of what it lost', async () => {
  await using directory = await temporaryDirectory()
  const environment = { DATA_DIR: directory.path, FLUSH_INTERVAL_MS: '50', PROBE_INTERVAL_S: '0' }
  await using first = new StandaloneChild(environment)
  await send(await first.url(), views(30))
  await ledgerOf(await first.url(), 30)
  await first.kill('SIGKILL')
  const log = join(directory.path, 'log')
  for (const file of await readdir(log)) if (file.endsWith('.log')) await truncate(join(log, file))
  await using second = new StandaloneChild(environment)
  const { code, errors } = await second.ended
  assert.equal(code, 1)
  assert.match(
    errors,
    /^tally: The last \d+ batches of the log in .* are lost\. Restore .*log from a backup.*\n$/,
  )
})

test('damaged layouts are refused', async () => {
  await using directory = await temporaryDirectory()
  await using first = new StandaloneChild({ DATA_DIR: directory.path })
  await first.url()
  await first.kill('SIGTERM')
  await truncate(join(directory.path, 'layouts.json'), 10)
  await using second = new StandaloneChild({ DATA_DIR: directory.path })
  assert.match((await second.ended).errors, /The layouts in .* cannot be read/)
})

test('wrong settings end the process with all faults in one message', async () => {
  await using server = new StandaloneChild({ PORT: 'http', PARTITIONS: '-1' })
  const { code, errors } = await server.ended
  assert.equal(code, 1)
  assert.match(errors, /PORT must be a whole number.*\n.*PARTITIONS must be a whole number/)
})

test('a later number of partitions takes effect in a later minute, and what was counted stays', async () => {
  await using directory = await temporaryDirectory()
  const environment = { DATA_DIR: directory.path, FLUSH_INTERVAL_MS: '50', AHEAD_MS: '0' }
  await using first = new StandaloneChild({ ...environment, PARTITIONS: '1' })
  const events = views(30)
  await send(await first.url(), events)
  await first.kill('SIGKILL')
  await using second = new StandaloneChild({ ...environment, PARTITIONS: '6' })
  const url = await second.url()
  await send(url, events) // copies: the minute that they belong to keeps its layout
  await send(url, views(30, 30))
  assert.equal(await counted(url, 60), 60)
})

test('a dead letter is found, replayed and counted, and stays so over a restart', async () => {
  await using directory = await temporaryDirectory()
  const event = { id: 'e1', videoId: 'v0', type: 'view', time: Date.now() }
  await poison(directory.path)
  const environment = {
    DATA_DIR: directory.path,
    FLUSH_INTERVAL_MS: '50',
    API_KEYS: 'k=t',
    ADMIN_KEYS: 'root',
  }
  const headers = { authorization: 'Bearer root', 'content-type': 'application/json' }
  const letters = async (url: string) => {
    const answer = await fetch(`${url}/v1/admin/dead-letters`, { headers })
    assert.equal(answer.status, 200)
    return ((await answer.json()) as { letters: { id: string; reason: string; state: string }[] }).letters
  }
  await using first = new StandaloneChild(environment)
  const url = await first.url()
  await until('the letter is listed', async () => (await letters(url)).length > 0)
  const [letter] = await letters(url)
  assert.deepEqual([letter!.reason, letter!.state], ['not_single_object', 'open'])
  const metrics = await (await fetch(`${url}/metrics`)).text()
  assert.match(metrics, /^tally_dead_letters_open 1$/m)
  const body = JSON.stringify({ event, tenant: 't' })
  const replay = `${url}/v1/admin/dead-letters/${letter!.id}/replay`
  assert.equal((await fetch(replay, { method: 'POST', headers, body })).status, 200)
  await first.kill('SIGKILL')
  await using second = new StandaloneChild(environment)
  const again = await second.url()
  const stats = `${again}/v1/videos/v0/stats?eventType=view&function=count`
  const count = async () =>
    ((await (await fetch(stats, { headers: { 'x-api-key': 'k' } })).json()) as { value: number }).value
  await until('what was replayed is counted', async () => (await count()) > 0)
  assert.equal(await count(), 1)
  assert.equal((await letters(again))[0]!.state, 'replayed')
})

/** Appends a record whose one event no schema reads, as a producer that is not ours might. */
async function poison(root: string): Promise<void> {
  const directory = await openDataDirectory(root)
  const retention = { ageMs: 1e9, bytesMax: 1e9 }
  const log = await openEmbeddedLog({
    directory: directory.log,
    clock: systemClock,
    partitions: 4,
    retention,
  })
  const builder = new RecordBuilder()
  builder.addRaw(Uint8Array.of(9, 9, 9))
  await log.append('events', 0, builder.finish())
  await log.close()
  await writeFile(join(root, 'layouts.json'), '[]')
}

test('what a video is called is in its answers, also after kill -9', async () => {
  await using directory = await temporaryDirectory()
  await using first = new StandaloneChild({ DATA_DIR: directory.path })
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ title: 'Cats' })
  const put = await fetch(`${await first.url()}/v1/videos/v0`, { method: 'PUT', headers, body })
  assert.equal(put.status, 200)
  await first.kill('SIGKILL')
  await using second = new StandaloneChild({ DATA_DIR: directory.path })
  const answer = await fetch(`${await second.url()}/v1/videos/v0/summary`)
  assert.equal(((await answer.json()) as { video: { title: string } }).video.title, 'Cats')
})

test('late events that are sent again after HORIZON_MS was made longer stay counted once', async () => {
  await using directory = await temporaryDirectory()
  await sendLateTwice(directory.path, async () => ({}))
})

test('so they do where the log is older than that memory, and HORIZON_BEFORE names the shorter one', async () => {
  await using directory = await temporaryDirectory()
  await sendLateTwice(directory.path, async () => {
    const database = await LevelDatabase.open(join(directory.path, 'log'), () => [])
    await database.write([{ type: 'del', key: HORIZONS_KEY }])
    await database.close()
    const until = new Date(Date.now() + SECOND_MS).toISOString().replace(/\.\d+/, '')
    return { HORIZON_BEFORE: `60000@${until}` }
  })
})

/** Late events are counted, and sent again to a server with a longer horizon and the settings of `stopped`. */
async function sendLateTwice(
  directory: string,
  stopped: () => Promise<Record<string, string>>,
): Promise<void> {
  const soon = { FLUSH_INTERVAL_MS: '50', ARCHIVE_LATE_FLUSH_MS: '100', RECONCILE_INTERVAL_MS: '100' }
  const environment = { DATA_DIR: directory, ...soon }
  const late = views(9).map((event) => ({ ...event, time: event.time - 4 * 60_000 }))
  {
    await using server = new StandaloneChild({ ...environment, HORIZON_MS: '60000' })
    const url = await server.url()
    await send(url, late)
    assert.equal(await counted(url, 9), 9)
    await server.kill('SIGKILL')
  }
  const more = await stopped()
  await using server = new StandaloneChild({ ...environment, HORIZON_MS: '3600000', ...more })
  const url = await server.url()
  await send(url, [...late, ...views(3, 9)])
  assert.equal(await counted(url, 12), 12)
  await ledgerOf(url, 12)
  assert.equal(await counted(url, 12), 12)
  const { alerts } = (await (await fetch(`${url}/v1/audit`)).json()) as { alerts: unknown[] }
  assert.deepEqual(alerts, [])
}
