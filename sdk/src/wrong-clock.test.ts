import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClient } from './client.ts'
import type { TallyEvent } from './event.ts'
import { patientRuntime } from './patient-runtime.ts'
import { type Reply, type Seen, scriptedServer } from './scripted-server.ts'

/** How far ahead of the server's clock, and how far behind it, an event may be. */
const AHEAD_MS = 60_000
const PAST_MS = 7 * 86_400_000

/** Takes times as the server does. */
function byTime(request: Seen): Reply {
  const events = JSON.parse(request.body) as TallyEvent[]
  const rejected = events.flatMap(({ time }, index) => {
    const ageMs = Date.now() - Number(time)
    if (ageMs < -AHEAD_MS) return [{ index, code: 'time_in_future', detail: '' }]
    return ageMs > PAST_MS ? [{ index, code: 'time_too_old', detail: '' }] : []
  })
  const accepted = events.length - rejected.length
  return { status: accepted > 0 ? 202 : 422, json: { accepted, late: 0, rejected } }
}

const clockAhead = (aheadMs: number) => ({ ...patientRuntime, nowMs: () => Date.now() + aheadMs })
const views = (count: number) => Array.from({ length: count }, () => ({ videoId: 'v', type: 'view' }))
const sentBy = ({ body }: Seen) => JSON.parse(body) as { id: string; time: number }[]

async function checkMended(aheadMs: number) {
  await using server = await scriptedServer((request) => byTime(request))
  const client = createClient({ url: server.url }, clockAhead(aheadMs))
  assert.deepEqual(await client.processEvents(views(3)), { accepted: 3, late: 0, rejected: [] })
  const [refused, mended] = server.seen.map(sentBy)
  assert.deepEqual(
    mended!.map(({ id }) => id),
    refused!.map(({ id }) => id),
  )
  assert.equal(server.seen.length, 2)
  assert.ok(
    Math.abs(client.nowMs() - Date.now()) < AHEAD_MS,
    'whoever asks for the time gets that of the server',
  )

  await client.processEvents(views(3))
  assert.equal(server.seen.length, 3, 'what is known of the clock is applied before the first attempt')
  for (const { time } of sentBy(server.seen[2]!)) assert.ok(Math.abs(time - Date.now()) < AHEAD_MS)
}

test('events of a clock that is wrong are mended once, with the same ids, and the next are right at once', async () => {
  await checkMended(AHEAD_MS + 30_000) // a busy machine may take some of it
  await checkMended(PAST_MS)
  await checkMended(-2 * PAST_MS)
})

test('a clock that is a little wrong is left as it is', async () => {
  await using server = await scriptedServer((request) => byTime(request))
  const client = createClient({ url: server.url }, clockAhead(20_000))
  await client.processEvents(views(1))
  await client.processEvents(views(1))
  for (const request of server.seen) assert.ok(sentBy(request)[0]!.time > Date.now() + 10_000)
})

async function checkNotMended(
  event: Partial<TallyEvent>,
  script: (request: Seen, nth: number) => Reply,
  sent: number,
) {
  await using server = await scriptedServer(script)
  const client = createClient({ url: server.url, retry: { delayBaseMs: 1 } }, clockAhead(PAST_MS))
  const { rejected } = await client.processEvents([{ videoId: 'v', type: 'view', ...event }])
  assert.deepEqual(
    rejected.map(({ code }) => code),
    ['time_in_future'],
  )
  assert.equal(server.seen.length, sent)
}

test('a time that the caller gave is never changed', async () => {
  await checkNotMended({ time: Date.now() + PAST_MS }, (request) => byTime(request), 1)
})

test('an event that may be stored under its old time is not sent with another', async () => {
  await checkNotMended({}, (request, nth) => (nth === 0 ? 'cut' : byTime(request)), 2)
})

test('an event is mended once', async () => {
  const always = (): Reply => ({
    status: 422,
    json: { accepted: 0, late: 0, rejected: [{ index: 0, code: 'time_in_future', detail: '' }] },
  })
  await checkNotMended({}, always, 2)
})
