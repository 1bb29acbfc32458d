import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { NO_KEYS } from '../../../lib/http/keys/key-ring.ts'
import { buildServer } from '../../../lib/http/server.ts'
import { DAY_MS, MINUTE_MS } from '../../../model/bucket.ts'
import { openFileLayouts } from '../../../stores/layouts/file-layouts.ts'
import { checkAnswers } from '../../../testing/check-answers.ts'
import { keyRing } from '../../../testing/key-ring.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'
import { registerLayouts } from './layout-routes.ts'

const URL = '/v1/admin/layouts'

async function setUp(keys = NO_KEYS) {
  const directory = await temporaryDirectory()
  const clock = new ManualClock()
  const layouts = await openFileLayouts({
    ...{ path: join(directory.path, 'layouts.json'), clock, isUsed: false },
    wanted: { partitions: 8, splits: new Map(), dedicated: new Map() },
    aheadMs: MINUTE_MS,
    retentionMs: DAY_MS,
    grow: async () => {},
  })
  const app = buildServer()
  checkAnswers(app)
  registerLayouts(app, { layouts, clock, keys })
  const get = async (headers = {}) => app.inject({ method: 'GET', url: URL, headers })
  const post = async (payload: object, headers = {}) =>
    app.inject({ method: 'POST', url: URL, payload, headers })
  return { clock, get, post, [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose]() }
}

test('shows how events are routed, and from when on', async () => {
  await using world = await setUp()
  await world.post({ version: 1, act: 'split', tenant: 'acme', video: 'hot', parts: 4 })
  const { layouts } = (await world.get()).json()
  assert.deepEqual(layouts[1], {
    ...{ version: 1, from: '1970-01-01T00:00:00Z', inForce: true, partitions: 8, overflow: false },
    ...{ splits: [], channels: [] },
  })
  assert.deepEqual(layouts[0].splits, [{ video: 'acme/hot', parts: 4, automatic: false }])
  assert.equal(layouts[0].inForce, false)
  assert.ok(Date.parse(layouts[0].from) > world.clock.nowMs() + MINUTE_MS)
  world.clock.advance(5 * MINUTE_MS)
  assert.equal((await world.get()).json().layouts[0].inForce, true)
})

test('splits, dedicates and merges', async () => {
  await using world = await setUp()
  const acts = [
    { act: 'split', video: 'hot', parts: 8 },
    { act: 'dedicate', channel: 'c', parts: 2 },
    { act: 'merge', video: 'hot' },
    { act: 'merge', channel: 'c' },
  ]
  const seen = []
  for (const [i, act] of acts.entries()) {
    const answer = await world.post({ version: i + 1, ...act })
    assert.equal(answer.statusCode, 200, answer.body)
    const [{ splits, channels }] = answer.json().layouts
    seen.push([splits.length, channels])
  }
  const dedicated = [{ channel: 'c', first: 8, parts: 2 }]
  assert.deepEqual(seen, [
    [1, []],
    [1, dedicated],
    [0, dedicated],
    [0, []],
  ])
})

test('a change for a layout that is no longer the newest is told which one is', async () => {
  await using world = await setUp()
  await world.post({ version: 1, act: 'split', video: 'a', parts: 2 })
  const answer = await world.post({ version: 1, act: 'split', video: 'b', parts: 2 })
  assert.equal(answer.statusCode, 409)
  assert.equal(answer.json().newestVersion, 2)
  assert.match(answer.json().detail, /newest layout is version 2/)
})

test('begins with the minute that is asked for, if all can know of it by then', async () => {
  await using world = await setUp()
  const fromMs = Math.ceil(world.clock.nowMs() / MINUTE_MS) * MINUTE_MS + 10 * MINUTE_MS
  const act = { version: 1, act: 'split', video: 'a', parts: 2 }
  const early = await world.post({ ...act, from: world.clock.nowMs() })
  assert.equal(early.statusCode, 400)
  assert.match(early.json().detail, /from is too early\. A layout can take effect from \S+ at the earliest/)
  const answer = await world.post({ ...act, from: fromMs - 1 })
  assert.equal(Date.parse(answer.json().layouts[0].from), fromMs)
})

test('takes back what is to come', async () => {
  await using world = await setUp()
  await world.post({ version: 1, act: 'split', video: 'a', parts: 2 })
  const answer = await world.post({ version: 2, act: 'withdraw' })
  assert.equal(answer.statusCode, 200, answer.body)
  assert.deepEqual(
    answer
      .json()
      .layouts.map(({ version, splits }: { version: number; splits: [] }) => [version, splits.length]),
    [
      [3, 0],
      [1, 0],
    ],
  )
  const again = await world.post({ version: 3, act: 'withdraw' })
  assert.equal(again.statusCode, 409)
  assert.match(again.json().detail, /taken back already/)
  await world.post({ version: 3, act: 'split', video: 'a', parts: 2 })
  world.clock.advance(5 * MINUTE_MS)
  const late = await world.post({ version: 4, act: 'withdraw' })
  assert.equal(late.statusCode, 409)
  assert.match(late.json().detail, /cannot be taken back/)
})

test('names every field that is wrong, and the rule that it breaks', async () => {
  await using world = await setUp()
  const check = async (body: object, status: number, detail: RegExp) => {
    const answer = await world.post(body)
    assert.equal(answer.statusCode, status, answer.body)
    assert.match(answer.json().detail, detail)
  }
  await check(
    {},
    400,
    /version is required.*act is required and must be one of split, merge, dedicate, withdraw/,
  )
  await check(
    { version: 1, act: 'split', parts: 'x', vid: 1 },
    400,
    /vid is not known.*parts must be a whole number/,
  )
  await check({ version: 1, act: 'split', video: 'a' }, 400, /parts is required here/)
  await check({ version: 1, act: 'split', parts: 2 }, 400, /video is required here/)
  await check(
    { version: 1, act: 'split', video: 'a', channel: 'c', parts: 2 },
    400,
    /channel does not go with split/,
  )
  await check({ version: 1, act: 'merge', video: 'a', parts: 2 }, 400, /parts does not go with merge/)
  await check({ version: 1, act: 'dedicate', parts: 2 }, 400, /channel is required here/)
  await check({ version: 1, act: 'withdraw', video: 'a' }, 400, /video does not go with withdraw/)
  await check({ version: 1, act: 'split', video: 'a', parts: 9 }, 409, /2 to 8 parts/)
  await check({ version: 1, act: 'merge', video: 'a' }, 409, /video a is not split/)
})

test('is for admins', async () => {
  await using world = await setUp(keyRing('key=tenant', 'admin-key-1'))
  assert.equal((await world.get()).statusCode, 401)
  assert.equal((await world.post({}, { 'x-api-key': 'key' })).statusCode, 403)
  assert.equal((await world.get({ 'x-api-key': 'admin-key-1' })).statusCode, 200)
})
