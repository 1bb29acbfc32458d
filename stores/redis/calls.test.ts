import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import type { Redis } from 'ioredis'
import { ManualClock } from '../../testing/manual-clock.ts'
import { CALL_LIMITS, type CacheError, RedisCalls } from './calls.ts'

const NO_REDIS = {} as Redis
const LIMITS = { ...CALL_LIMITS, failuresMax: 3, restMs: 1_000, inFlightMax: 2 }

function setup() {
  const clock = new ManualClock()
  const failed: string[] = []
  const calls = new RedisCalls(NO_REDIS, clock, LIMITS, (code) => failed.push(code))
  let made = 0
  /** Runs a call with this outcome; returns its error code or its result. */
  const run = (end: () => Promise<unknown>) =>
    calls
      .run(() => {
        made++
        return end()
      }, 5)
      .catch((error: CacheError) => error.code)
  return { clock, failed, run, made: () => made }
}

const well = async () => 'well'
const away = async () => {
  throw new Error('Connection is closed.')
}
const refusing = async () => {
  throw Object.assign(new Error('OOM command not allowed'), { name: 'ReplyError' })
}
const hanging = () => new Promise(() => {})

test('a failure has a code, and is told of', async () => {
  const { run, failed } = setup()
  const codes = [await run(away), await run(refusing), await run(well), await run(hanging)]
  assert.deepEqual(codes, ['unavailable', 'refused', 'well', 'timeout'])
  assert.deepEqual(failed, ['unavailable', 'refused', 'timeout'])
})

test('a reply that came in time is none too late where the process was busy', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const client = createConnection((server.address() as AddressInfo).port, '127.0.0.1')
  t.after(() => client.destroy())
  const [peer] = (await once(server, 'connection')) as [Socket]
  const { run, failed } = setup()
  const reply = run(() => once(client, 'data').then(String))
  peer.write('well')
  for (const endMs = performance.now() + 50; performance.now() < endMs; );
  assert.equal(await reply, 'well')
  assert.deepEqual(failed, [])
})

test('after some failures in a row no call is made until the rest is over', async () => {
  const { run, made, clock } = setup()
  for (let i = 0; i < 5; i++) await run(away)
  assert.equal(made(), 3)
  clock.advance(1_000)
  assert.equal(await run(well), 'well')
  assert.equal(await run(well), 'well')
  assert.equal(made(), 5)
})

test('while one call tries whether Redis is back, no other is made', async () => {
  const { run, made, clock } = setup()
  for (let i = 0; i < 3; i++) await run(away)
  clock.advance(1_000)
  const trying = run(hanging)
  assert.equal(await run(well), 'unavailable')
  assert.equal(await trying, 'timeout')
  assert.equal(await run(well), 'unavailable')
  assert.equal(made(), 4)
})

test('failures that are not in a row stop nothing', async () => {
  const { run, made } = setup()
  for (let i = 0; i < 5; i++) {
    await run(away)
    await run(away)
    await run(well)
  }
  assert.equal(made(), 15)
})

test('calls that nobody waits for any more still count as on their way', async () => {
  const { run, made } = setup()
  assert.deepEqual([await run(hanging), await run(hanging)], ['timeout', 'timeout'])
  assert.equal(await run(well), 'overloaded')
  assert.equal(made(), 2)
})
