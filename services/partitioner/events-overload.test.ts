// The front door under overload, or when the log fails.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { LogError } from '../../stores/log/log.ts'
import { anEvent, type DoorOptions, NOW_MS, openDoor } from '../../testing/door-fixture.ts'
import { until } from '../../testing/until.ts'
import { LoadShedding, SHED_LIMITS } from './load-shedding.ts'
import { NO_METRICS } from './partitioner-metrics.ts'

type Append = NonNullable<DoorOptions['append']>

function events(count: number): { id: string }[] {
  return Array.from({ length: count }, (_, at) => {
    const id = `e${at}`
    return { ...anEvent({ id, videoId: `v${at}` }), id }
  })
}

test('above its rate a tenant is asked to wait, and may go on afterwards', async () => {
  let nowMs = NOW_MS
  const clock = { nowMs: () => nowMs, sleep: async () => {} }
  const door = openDoor({ clock, limits: { eventsPerSecondMax: 10 } })
  assert.equal((await door.post(events(2))).statusCode, 202)
  assert.equal((await door.post(events(28))).statusCode, 202)
  const refused = await door.post(events(1))
  assert.equal(refused.statusCode, 429)
  assert.match(String(refused.headers['retry-after']), /^[23]$/) // spread at random
  nowMs += 2_001
  assert.equal((await door.post(events(1))).statusCode, 202)
})

test('over the bytes in flight a request is refused before it is read, and room comes back', async () => {
  const gate = Promise.withResolvers<void>()
  const entered = Promise.withResolvers<void>()
  const body = JSON.stringify(anEvent())
  const append: Append = (next) => async (lane, partition, bytes) => {
    entered.resolve()
    await gate.promise
    return next(lane, partition, bytes)
  }
  const door = openDoor({ append, limits: { inFlightBytesMax: body.length } })
  const first = door.post(body)
  await entered.promise
  const refused = await door.post(Buffer.alloc(2 << 20)) // read, it would be a 413
  assert.equal(refused.statusCode, 503)
  assert.equal(refused.json().type, 'urn:tally:problem:overloaded')
  assert.equal(refused.headers['retry-after'], '1')
  gate.resolve()
  assert.equal((await first).statusCode, 202)
  assert.equal((await door.post(body)).statusCode, 202)
  assert.equal((await door.stored()).length, 2)
})

test('a gzipped body holds the most room it can need until it is inflated, and then what it is', async () => {
  const held: number[] = []
  const metrics = { ...NO_METRICS, inFlightBytes: (bytes: number) => held.push(bytes) }
  const door = openDoor({ metrics })
  const body = JSON.stringify(anEvent())
  const sent = gzipSync(body)
  await door.post(sent, { 'content-encoding': 'gzip' })
  assert.deepEqual(held, [sent.length, sent.length + (1 << 20), body.length, 0])
})

test('a body that never ends holds room for what has come, and none once its sender is gone', async (t) => {
  const held: number[] = []
  const metrics = { ...NO_METRICS, inFlightBytes: (bytes: number) => held.push(bytes) }
  const { app, post } = openDoor({ metrics, limits: { inFlightBytesMax: 1_000 } })
  t.after(() => app.close())
  const url = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  const socket = connect(Number(url.port), '127.0.0.1')
  socket.write('POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n')
  socket.write(`Content-Length: 2000\r\n\r\n${' '.repeat(900)}`)
  const holds = (bytes: number) => until(`room is held for ${bytes} bytes`, () => held.at(-1) === bytes)
  await holds(900)
  assert.equal((await post(' '.repeat(101))).statusCode, 503)
  await holds(900)
  socket.destroy()
  await holds(0)
  assert.equal((await post(anEvent())).statusCode, 202)
})

test('a body of many small chunks is put together, and one that outgrows the bound is refused', async (t) => {
  const { app, stored } = openDoor()
  t.after(() => app.close())
  const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/v1/events`
  const send = (chunks: Iterable<string>) =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Readable.toWeb(Readable.from(chunks)) as ReadableStream,
      duplex: 'half',
    } as RequestInit)
  const [padding, event] = [' '.repeat(5_000), JSON.stringify(anEvent())]
  assert.equal((await send([padding, ...event, padding])).status, 202)
  assert.equal((await stored()).length, 1)
  const refused = await send([' '.repeat(1 << 20), ' '])
  assert.equal(refused.status, 413)
})

test('who sends far too much can read why', async (t) => {
  const { app } = openDoor()
  t.after(() => app.close())
  const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/v1/events`
  const headers = { 'content-type': 'application/json' }
  for (let times = 0; times < 5; times++) {
    const refused = await fetch(url, { method: 'POST', headers, body: ' '.repeat(20 << 20) })
    assert.equal(refused.status, 413)
    assert.match(await refused.text(), /at most 1048576 bytes/)
  }
})

test('when one partition fails the request is refused; a retry leaves copies of the same ids', async () => {
  let failing = true
  const append: Append = (next) => (lane, partition, bytes) =>
    failing && partition === 0
      ? Promise.reject(new LogError('unavailable', 'x'))
      : next(lane, partition, bytes)
  const door = openDoor({ append })
  const sent = events(50)
  const refused = await door.post(sent)
  assert.equal(refused.statusCode, 503)
  assert.match(refused.json().detail, /Send the same events again with the same ids/)
  const before = await door.stored()
  assert.ok(before.length > 0 && before.length < 50)
  failing = false
  assert.equal((await door.post(sent)).statusCode, 202)
  const after = await door.stored()
  assert.equal(after.length, before.length + 50)
  assert.deepEqual(new Set(after.map(({ event }) => event.id)), new Set(sent.map(({ id }) => id)))
  const partitionOf = new Map(after.map(({ event, partition }) => [event.id, partition]))
  for (const { event, partition } of after) assert.equal(partition, partitionOf.get(event.id))
})

test('while the layouts cannot be told, nothing is stored and the sender is asked to come back', async () => {
  const layouts = {
    current() {
      throw new LogError('unavailable', 'the layouts could not be read')
    },
    unknownFromMinute: () => 0,
  }
  const door = openDoor({ layouts })
  const refused = await door.post(events(2))
  assert.equal(refused.statusCode, 503)
  assert.equal(refused.json().type, 'urn:tally:problem:log-unavailable')
  assert.equal(refused.headers['retry-after'], '1')
  assert.deepEqual(await door.stored(), [])
})

test('while too much is to be done a request is refused before its body is read, and counted', async () => {
  let shed = 0
  const metrics = { ...NO_METRICS, shed: () => (shed += 1) }
  const shedding = new LoadShedding({ ...SHED_LIMITS, perTurnMin: 1 })
  const door = openDoor({ metrics, shedding })
  for (let i = 0; i < SHED_LIMITS.longTurns; i++) shedding.turned(SHED_LIMITS.turnMsMax)
  assert.equal((await door.post(anEvent())).statusCode, 202)
  const refused = await door.post(Buffer.alloc(2 << 20)) // read, it would be a 413
  assert.equal(refused.statusCode, 503)
  assert.equal(refused.json().type, 'urn:tally:problem:overloaded')
  assert.equal(refused.headers['retry-after'], '1')
  assert.equal(shed, 1)
  shedding.turned(1)
  assert.equal((await door.post(anEvent({ id: 'b' }))).statusCode, 202)
  assert.equal((await door.stored()).length, 2)
})

for (const isShedding of [false, true]) {
  const outcome = isShedding ? 'not stored while requests are shed' : 'stored as long as there is time for it'
  test(`what a sender sent who is gone is ${outcome}`, async (t) => {
    const shedding = { admits: () => true, isShedding }
    const ended = Promise.withResolvers<void>()
    const inFlightBytes = (bytes: number) => bytes === 0 && ended.resolve()
    const { app, stored } = openDoor({ shedding, metrics: { ...NO_METRICS, inFlightBytes } })
    t.after(() => app.close())
    const url = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
    const body = gzipSync(JSON.stringify(anEvent())) // inflated off the loop, which then reads the end
    const socket = connect(Number(url.port), '127.0.0.1')
    const head = 'POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
    socket.end(
      Buffer.concat([
        Buffer.from(`${head}Content-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`),
        body,
      ]),
    )
    await ended.promise
    assert.equal((await stored()).length, isShedding ? 0 : 1)
  })
}
