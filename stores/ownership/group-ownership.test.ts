import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { ManualClock } from '../../testing/manual-clock.ts'
import { MemoryLog } from '../../testing/memory-log.ts'
import { GroupOwnership, type MemberEvents } from './group-ownership.ts'
import { GROUP_TIMING } from './group-settings.ts'

test('a process is outside its group until it is assigned a share, and again when it is lost', async () => {
  const clock = new ManualClock()
  const log = Object.assign(new MemoryLog({ clock, partitions: 2 }), { topicOf: () => 'events' })
  const joined: MemberEvents[] = []
  let isAlive = true
  const onTrouble = () => {}
  const options = { log, clock, brokers: [], clientId: 'test', groupId: 'group', onTrouble }
  const ownership = new GroupOwnership(options, async (_topic, events) => {
    joined.push(events)
    return { isAlive: () => isAlive, leave: async () => {} }
  })
  const joinedTimes = async (times: number) => {
    while (joined.length < times) await setImmediate()
    await setImmediate()
  }
  const owned: number[] = []
  await ownership.claim((sources) => owned.push(sources.length))
  await joinedTimes(1)
  assert.equal(ownership.outsideSinceMs, Number.NEGATIVE_INFINITY, 'it has joined, and has no share yet')
  joined[0]!.assigned([])
  assert.equal(ownership.outsideSinceMs, null, 'no share is left for it')
  joined[0]!.assigned([1])
  assert.deepEqual(owned, [0, 1])

  isAlive = false
  clock.advance(GROUP_TIMING.watchMs)
  await joinedTimes(2)
  assert.equal(ownership.outsideSinceMs, clock.nowMs())
  isAlive = true
  joined[1]!.assigned([0, 1])
  assert.equal(ownership.outsideSinceMs, null)
  const closed = ownership.close()
  clock.advance(GROUP_TIMING.watchMs)
  await closed
})
