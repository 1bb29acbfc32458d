// A data directory of the version before sources, through the whole product: whoever sends a CloudEvent again after the
// upgrade has sent the same event, and later ids belong to their sources.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { HOUR_MS } from '../../model/bucket.ts'
import { LevelDatabase } from '../../stores/disk/level-database.ts'
import { NAME_KEY_KEY } from '../../stores/log/embedded/records.ts'
import { StandaloneChild } from '../../testing/standalone-child.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { until } from '../../testing/until.ts'

/** Late, so that its hour is recounted at once. */
const LATE_MS = 90 * 60_000
const QUICK = {
  FLUSH_INTERVAL_MS: '50',
  ARCHIVE_FLUSH_MS: '200',
  ARCHIVE_LATE_FLUSH_MS: '200',
  RECONCILE_INTERVAL_MS: '1000',
  PROBE_INTERVAL_S: '0',
}

const AHEAD = `const { now } = Date; Date.now = () => now() + ${2 * HOUR_MS}`
/** A module that sets the clock of its process. */
const TWO_HOURS_AHEAD = `data:text/javascript,${encodeURIComponent(AHEAD)}`

type Fields = { readonly id: string; readonly videoId: string; readonly time: number }

async function post(url: string, contentType: string, body: unknown): Promise<void> {
  const headers = { 'content-type': contentType }
  const answer = await fetch(`${url}/v1/events`, { method: 'POST', headers, body: JSON.stringify(body) })
  assert.equal(answer.status, 202, await answer.clone().text())
  assert.deepEqual(((await answer.json()) as { rejected: unknown }).rejected, [])
}

/** In the log they are what CloudEvents were before sources: events that hold none. */
function sendAsBefore(url: string, events: readonly Fields[]): Promise<void> {
  return post(
    url,
    'application/json',
    events.map((event) => ({ ...event, type: 'view' })),
  )
}

function sendCloudEvents(url: string, source: string, events: readonly Fields[]): Promise<void> {
  const envelopes = events.map(({ id, videoId, time }) => {
    return {
      specversion: '1.0',
      id,
      source,
      subject: videoId,
      type: 'view',
      time: new Date(time).toISOString(),
    }
  })
  return post(url, 'application/cloudevents-batch+json', envelopes)
}

async function countOf(url: string, videoId: string): Promise<number> {
  const startTime = new Date(Date.now() - 24 * HOUR_MS).toISOString()
  const endTime = new Date(Date.now() + 24 * HOUR_MS).toISOString()
  const range = `startTime=${startTime}&endTime=${endTime}`
  const answer = await fetch(`${url}/v1/videos/${videoId}/stats?eventType=view&function=count&${range}`)
  return ((await answer.json()) as { value: number }).value
}

async function untilCounted(url: string, videoId: string, least: number): Promise<void> {
  await until(`${least} of ${videoId} are counted`, async () => (await countOf(url, videoId)) >= least)
  assert.equal(await countOf(url, videoId), least)
}

/** What this version adds to the log when it opens it. */
async function takeBackToBefore(log: string): Promise<void> {
  const database = await LevelDatabase.open(log, () => [])
  await database.write([{ type: 'del', key: NAME_KEY_KEY }])
  await database.close()
}

test('what was sent before the upgrade is counted once when it is sent again after it', async () => {
  await using directory = await temporaryDirectory()
  const environment = { ...QUICK, DATA_DIR: join(directory.path, 'data') }
  const now = Date.now()
  const onTime = { id: '1', videoId: 'on-time', time: now }
  const late = { id: '1', videoId: 'late', time: now - LATE_MS }
  {
    await using before = new StandaloneChild(environment)
    const url = await before.url()
    await sendAsBefore(url, [onTime, late])
    await untilCounted(url, 'on-time', 1)
    await before.kill('SIGTERM')
  }
  await takeBackToBefore(join(environment.DATA_DIR, 'log'))
  {
    await using upgraded = new StandaloneChild(environment)
    const url = await upgraded.url()
    await sendCloudEvents(url, '/a', [onTime, late, { ...onTime, id: '2' }, { ...late, id: '2' }])
    await untilCounted(url, 'on-time', 2)
    await untilCounted(url, 'late', 2)
    await upgraded.kill('SIGTERM')
  }
  await using later = new StandaloneChild({ ...environment, NODE_OPTIONS: `--import=${TWO_HOURS_AHEAD}` })
  const url = await later.url()
  const fresh = { id: '1', videoId: 'fresh', time: now + 2 * HOUR_MS }
  await sendCloudEvents(url, '/a', [fresh, onTime, late, { ...onTime, id: '3' }, { ...late, id: '3' }])
  await sendCloudEvents(url, '/b', [fresh])
  await untilCounted(url, 'fresh', 2)
  await untilCounted(url, 'late', 3)
  await untilCounted(url, 'on-time', 3)
})
