// track, flush and close in virtual time, against a server that answers by script.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { type ClientOptions, createClient } from '../../sdk/src/client.ts'
import { Random } from '../../simulator/random.ts'
import { answerOf, bodyText } from './virtual-answer.ts'
import { VirtualPage } from './virtual-page.ts'
import { EPOCH_MS, VirtualTime, virtualRuntime } from './virtual-runtime.ts'
import { VirtualStore } from './virtual-store.ts'

type Sent = {
  readonly atMs: number
  readonly ids: readonly string[]
  readonly keepalive: boolean
  readonly bytes: number
}
type Answer = { status: number; headers?: Record<string, string> } | 'hang'

const LATENCY_MS = 10
const view = { videoId: 'v', type: 'view' }

/** `answer` gets how many requests were before; 202 answers accept everything. */
function world(
  answer: (nth: number, events: number) => Answer,
  options: Partial<ClientOptions> = {},
  page?: VirtualPage,
) {
  const time = new VirtualTime()
  const sent: Sent[] = []
  const fetch = (url: string, init: RequestInit) => {
    const body = bodyText(init)
    const ids = (JSON.parse(body) as { id: string }[]).map(({ id }) => id)
    const reply = answer(sent.length, ids.length)
    sent.push({ atMs: time.nowMs, ids, keepalive: init.keepalive === true, bytes: body.length })
    return new Promise<Response>((resolve, reject) => {
      init.signal!.addEventListener('abort', () => reject(init.signal!.reason))
      if (reply === 'hang') return
      const accepted = { accepted: ids.length, late: 0, rejected: [] }
      const answered = { kind: 'answer', body: JSON.stringify(accepted), ...reply } as const
      time.after(LATENCY_MS, () => resolve(answerOf(answered, url, EPOCH_MS + time.nowMs, () => {})))
    })
  }
  const random = new Random(1)
  const machine = {
    time,
    random,
    clockAheadMs: 0,
    fetch: fetch as typeof globalThis.fetch,
    page: page?.globals,
  }
  const tally = createClient({ url: 'https://tally.test', ...options }, virtualRuntime(machine).runtime)
  /** Lets virtual time pass. */
  const pass = async (ms: number) => {
    const untilMs = time.nowMs + ms
    time.after(ms, () => {})
    await setImmediate() // what was done before may plan something first
    while (await time.advance(untilMs));
  }
  const trackMany = (count: number) => {
    for (let i = 0; i < count; i++) tally.track(view)
  }
  return { time, sent, tally, pass, trackMany }
}

const ok = (): Answer => ({ status: 202 })
const moments = (sent: readonly Sent[]) => sent.map(({ atMs }) => atMs)
const sizes = (sent: readonly Sent[]) => sent.map(({ ids }) => ids.length)

test('events of one moment travel together, and a few wait for more', async () => {
  const { sent, pass, trackMany } = world(ok)
  trackMany(250)
  await pass(5)
  assert.deepEqual(sizes(sent), [250])
  trackMany(3)
  await pass(900)
  assert.equal(sent.length, 1)
  await pass(200)
  assert.deepEqual(sizes(sent), [250, 3])
  assert.equal(sent[1]!.atMs, 1_005)
})

test('batches grow to a thousand when the client is behind', async () => {
  const { sent, pass, trackMany } = world(ok)
  trackMany(2_500)
  await pass(1_000)
  assert.deepEqual(sizes(sent), [1_000, 1_000, 500])
})

test('a promise says what became of its event, and is never rejected', async () => {
  const { tally, pass } = world(ok)
  const outcomes = Promise.all([
    tally.track(view, { confirm: true }),
    tally.track({ ...view, value: Number.NaN }, { confirm: true }),
    tally.track(undefined as never, { confirm: true }),
  ])
  await pass(2_000)
  const kinds = (await outcomes).map((outcome) => ('code' in outcome ? outcome.code : outcome.kind))
  assert.deepEqual(kinds, ['delivered', 'invalid_value', 'invalid_event'])
  assert.deepEqual(tally.ledger(), { captured: 3, delivered: 1, rejected: 2, dropped: 0, pending: 0 })
})

test('track never throws, whatever it gets and whatever listeners do', async () => {
  const thrown = () => {
    throw new Error('a fault of the caller')
  }
  const { error } = console
  console.error = () => {}
  const { tally, pass } = world(() => ({ status: 400 }), {
    onDropped: thrown,
    onRejected: thrown,
    waitUntil: thrown,
  })
  for (const odd of [
    undefined,
    null,
    1,
    'x',
    [],
    {
      get videoId() {
        return thrown()
      },
    },
    { value: 1n },
  ])
    tally.track(odd as never)
  tally.track(view)
  await pass(5_000)
  console.error = error
  assert.deepEqual(tally.ledger(), { captured: 8, delivered: 0, rejected: 7, dropped: 1, pending: 0 })
})

test('what the server refuses for good is told with its reason, and its neighbours go on', async () => {
  const dropped: [number, string, string][] = []
  const { tally, pass, trackMany } = world((nth) => ({ status: nth === 0 ? 401 : 202 }), {
    onDropped: (events, reason, error) =>
      dropped.push([events.length, reason, (error as { code: string }).code]),
  })
  trackMany(100)
  await pass(5)
  trackMany(100)
  await pass(5_000)
  assert.deepEqual(dropped, [[100, 'refused', 'unauthorized']])
  assert.equal(tally.ledger().delivered, 100)
})

test('in an outage one request a second at most goes out, and from the fifth failure on a small one', async () => {
  const { sent, pass, trackMany } = world(() => ({ status: 503 }))
  trackMany(900)
  await pass(20 * 60_000)
  const gaps = moments(sent)
    .slice(1)
    .map((atMs, i) => atMs - sent[i]!.atMs)
  assert.ok(Math.min(...gaps) >= 1_000, `${gaps}`)
  assert.deepEqual(sizes(sent.slice(0, 7)), [900, 900, 900, 900, 900, 100, 100])
})

test('Retry-After pauses the whole client, by seconds and by date, and flush does not cut it short', async () => {
  const date = new Date(EPOCH_MS + 60_000).toUTCString()
  for (const header of ['60', date]) {
    const { sent, pass, trackMany, tally } = world((nth) =>
      nth === 0 ? { status: 429, headers: { 'retry-after': header } } : { status: 202 },
    )
    trackMany(1)
    tally.flush()
    await pass(30_000)
    tally.flush()
    await pass(60_000)
    assert.equal(sent.length, 2)
    assert.ok(sent[1]!.atMs >= 59_000, `${sent[1]!.atMs}`)
  }
})

test('a batch that is too large is halved until it fits', async () => {
  const { sent, pass, trackMany, tally } = world((_, events) => ({ status: events > 10 ? 413 : 202 }))
  trackMany(100)
  await pass(60_000)
  assert.equal(tally.ledger().delivered, 100)
  assert.deepEqual(sizes(sent).slice(0, 5), [100, 50, 25, 13, 7])
})

test('events that grow too old while they wait are dropped, and told', async () => {
  const reasons: string[] = []
  const options = { eventAgeMaxMs: 60_000, onDropped: (_: unknown, reason: string) => reasons.push(reason) }
  const { pass, tally } = world(() => ({ status: 503 }), options)
  tally.track(view)
  await pass(20 * 60_000)
  assert.deepEqual(reasons, ['too_old'])
  assert.equal(tally.ledger().pending, 0)
})

test('flush waits for what was under way when it was called, and no more', async () => {
  const { sent, tally, pass, trackMany } = world((nth) => (nth === 0 ? 'hang' : { status: 202 }), {
    timeoutMs: 5_000,
  })
  trackMany(1)
  await pass(1_500)
  const ends: string[] = []
  const first = tally.flush({ timeoutMs: 60_000 }).then(({ pending }) => ends.push(`first ${pending}`))
  const second = tally.flush({ timeoutMs: 100 }).then(({ pending }) => ends.push(`second ${pending}`))
  await pass(200)
  assert.deepEqual(ends, ['second 1'])
  await pass(60_000)
  await Promise.all([first, second])
  assert.deepEqual(ends, ['second 1', 'first 0'])
  assert.equal(sent.length, 2)
})

test('flush that a listener calls waits for what is left', async () => {
  const pending: number[] = []
  const flushNow = () => void tally.flush({ timeoutMs: 1_000 }).then((left) => pending.push(left.pending))
  const { tally, pass } = world((nth) => (nth === 0 ? { status: 400 } : 'hang'), {
    onRejected: flushNow,
    onDropped: flushNow,
  })
  tally.track(view)
  tally.flush()
  await pass(1)
  tally.track(view)
  await pass(5_000)
  assert.deepEqual(pending, [1])
})

test('close gives back what is open, in time, and takes no more', async () => {
  const dropped: string[] = []
  const { time, tally, pass } = world(() => 'hang', { onDropped: (_, reason) => dropped.push(reason) })
  const outcome = tally.track({ ...view, id: 'a' }, { confirm: true })
  tally.track({ ...view, id: 'b' })
  let closedMs = 0
  const closing = tally.close({ timeoutMs: 2_000 }).then((events) => {
    closedMs = time.nowMs
    return events
  })
  tally.track({ ...view, id: 'c' })
  await pass(3_000)
  assert.deepEqual(
    (await closing).map(({ id }) => id),
    ['a', 'b'],
  )
  assert.equal((await outcome).kind, 'undelivered')
  assert.ok(closedMs <= 2_100)
  assert.deepEqual(dropped, ['closed'])
  assert.deepEqual(tally.ledger(), { captured: 3, delivered: 0, rejected: 0, dropped: 1, pending: 2 })
  assert.equal(await tally.close(), await closing)
})

test('what close gives back stays in the store, and the next start sends it under the same id', async () => {
  const forgotten: string[] = []
  const store = new VirtualStore((id) => forgotten.push(id))
  const first = world(() => 'hang', { store: store.open() })
  first.tally.track({ ...view, id: 'a' })
  const closing = first.tally.close({ timeoutMs: 100 })
  await first.pass(1_000)
  const [undelivered, ...others] = await closing
  assert.deepEqual([undelivered?.id, others, forgotten], ['a', [], []])

  const next = world(ok, { store: store.open() })
  next.tally.track(undelivered!) // by a caller who does not know of the store
  await next.pass(2_000)
  assert.deepEqual(new Set(next.sent.flatMap(({ ids }) => ids)), new Set(['a']))
  assert.deepEqual(new Set(forgotten), new Set(['a']))
  const { delivered, pending } = next.tally.ledger()
  assert.deepEqual({ delivered, pending }, { delivered: 2, pending: 0 })
})

test('a page that is hidden sends in pieces that outlive it, 60 KiB under way at most', async () => {
  const page = new VirtualPage()
  const { sent, pass, tally } = world(ok, { batchEvents: 1_000 }, page)
  for (let i = 0; i < 300; i++) tally.track({ ...view, viewerId: 'x'.repeat(500) })
  await pass(1)
  page.hide()
  await pass(0)
  assert.ok(sent[0]!.keepalive)
  assert.ok(sent[0]!.bytes <= 60 * 1_024)
  await pass(1_000)
  assert.equal(tally.ledger().delivered, 300)
  assert.ok(sent.every(({ keepalive, bytes }) => keepalive && bytes <= 60 * 1_024))
})

test('waitUntil gets a promise that ends when what was tracked is sent', async () => {
  const promises: Promise<unknown>[] = []
  const { sent, pass, tally } = world(ok, { waitUntil: (promise) => promises.push(promise) })
  tally.track(view)
  tally.track(view)
  await pass(LATENCY_MS + 5)
  await Promise.all(promises)
  assert.deepEqual(sizes(sent), [2])
  assert.equal(promises.length, 1)
})

test('a limit that is no limit is named', () => {
  assert.throws(
    () => world(ok, { queueEventsMax: 0 }),
    /queueEventsMax is 0: it must be a number of 1 or more/,
  )
  assert.throws(
    () => world(ok, { whenFull: 'block' as never }),
    /whenFull is "block": it must be drop-newest/,
  )
})
