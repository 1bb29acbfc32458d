// fixtures/before-name-keys.json holds data of the last version without keys: a log, counts and a checkpoint, and a
// snapshot and hint blocks whose fingerprints were not keyed. An owner that continues from it loses and repeats
// nothing.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Checkpoint, CountRow } from '../../../stores/counts/counts.ts'
import { decodeHintBlock } from '../../../stores/hints/hint-block.ts'
import { NAME_KEY, SETTINGS } from '../../../testing/event-fixture.ts'
import { MemoryWorld } from '../../../testing/memory-world.ts'
import { decodeSnapshot } from './snapshot.ts'

type Left = {
  readonly sourceId: string
  readonly records: readonly { readonly logTimeMs: number; readonly bytes: string }[]
  readonly checkpoint: Checkpoint
  readonly rows: readonly CountRow[]
  readonly snapshot: string
  readonly hints: readonly string[]
}

const fixture = readFileSync(new URL('./fixtures/before-name-keys.json', import.meta.url), 'utf8')
const left = JSON.parse(fixture, (key, value) => (key === 'sum' ? BigInt(value) : value)) as Left
const snapshot = Buffer.from(left.snapshot, 'base64')

async function worldLeft(): Promise<MemoryWorld> {
  const world = new MemoryWorld()
  const source = await world.source()
  assert.equal(source.id, left.sourceId)
  for (const { logTimeMs, bytes } of left.records) {
    world.clock.advance(logTimeMs - world.clock.nowMs())
    await world.log.append('events', 0, Buffer.from(bytes, 'base64'))
  }
  await world.counts.write(source.id, left.rows)
  await world.counts.writeCheckpoint(source.id, left.checkpoint)
  world.snapshots.bytes = snapshot
  return world
}

test('a snapshot and hint blocks from before keys are thrown away', () => {
  assert.equal(decodeSnapshot(left.sourceId, SETTINGS, NAME_KEY.id, Buffer.from(snapshot)), null)
  assert.ok(left.hints.length > 0)
  for (const block of left.hints)
    assert.equal(decodeHintBlock(left.sourceId, Buffer.from(block, 'base64')), null)
})

test('an upgrade neither loses nor repeats', async () => {
  const world = await worldLeft()
  const { snapshots } = world
  const before = left.records.length
  const driver = await world.driver({}, { snapshots })
  const running = driver.run()
  for (let i = 0; i < before; i++)
    await world.log.append('events', 0, Buffer.from(left.records[i]!.bytes, 'base64')) // all of them once more
  await world.send('a:new@12:00:02', 'a/like:1@12:00:02')
  await world.until(() => driver.checkpoint?.offset === 2 * before)
  driver.stop()
  await world.whileRunning(running)
  const { counted, duplicate } = driver.checkpoint!.ledger
  assert.deepEqual([counted, duplicate], [3 * before + 2, 3 * before])
  assert.equal((await world.views('a'))?.count, before + 1)
  assert.equal((await world.views('b'))?.count, before)
  assert.ok(decodeSnapshot(left.sourceId, SETTINGS, NAME_KEY.id, Buffer.from(snapshots.bytes!)) !== null)
})
