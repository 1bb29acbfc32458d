import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LogError } from '../../stores/log/log.ts'
import { AdminWorld } from '../../testing/admin-fixture.ts'
import { BATCH_SETTINGS, until } from '../../testing/batch-world.ts'
import { batchReasons } from './batch-readiness.ts'

const NOW_MS = Date.parse('2026-11-21T12:00:00Z')
const BEHIND_MAX_MS = BATCH_SETTINGS.behindMaxMs!

function setUp() {
  const world = new AdminWorld(NOW_MS, 'unused')
  const { layer, clock } = world
  const codes = () => layer.reasons().map(({ code }) => code)
  const stop = async () => {
    let isStopped = false
    layer.stop().then(() => {
      isStopped = true
    })
    await until(clock, () => isStopped)
  }
  return { world, layer, clock, codes, stop }
}

test('a recount that is too far behind is a reason, while this process leads', async () => {
  const { world, clock, layer, codes, stop } = setUp()
  world.countedMs = NOW_MS
  clock.advance(10 * BEHIND_MAX_MS)
  assert.deepEqual(codes(), [])
  layer.lead(true)
  assert.deepEqual(codes(), [], 'what another one left to do is not held against it')
  clock.advance(BEHIND_MAX_MS)
  assert.deepEqual(codes(), [])
  clock.advance(1)
  assert.deepEqual(codes(), ['recount_behind'])
  layer.lead(false)
  assert.deepEqual(codes(), [])
  layer.lead(true)
  clock.advance(2 * BEHIND_MAX_MS)
  assert.deepEqual(codes(), ['recount_behind'])
  world.countedMs = null // up to the clock
  await until(clock, () => codes().length === 0)
  await stop()
})

test('a recount may be as far behind as it is, where the settings say so', () => {
  const behind = { halted: new Map(), behindMs: 3_600_001 }
  assert.deepEqual(batchReasons(behind, null), [])
  assert.match(batchReasons(behind, 3_600_000)[0]!.detail, /3600 seconds behind: at most 3600/)
})

test('a source that is not archived any more is a reason until another process has it', async () => {
  const { world, clock, layer, codes, stop } = setUp()
  const sources = await world.log.sources('events')
  world.log.read = async () => {
    throw new LogError('corrupt', 'It is damaged.')
  }
  layer.own(sources)
  await until(clock, () => codes().includes('archive_halted'))
  assert.match(layer.reasons()[0]!.detail, new RegExp(`: ${sources[0]!.id}\\.$`))
  layer.own([])
  assert.deepEqual(codes(), [])
  await stop()
})
