import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Killer, killPoints } from './kills.ts'
import { seededRandom } from './random.ts'

test('there is one kill in each equal part of the run', () => {
  for (let seed = 0; seed < 100; seed++) {
    const points = killPoints(3, 3_000, seededRandom(seed))
    assert.deepEqual(
      points.map((point) => Math.floor(point / 1_000)),
      [0, 1, 2],
      `seed ${seed}`,
    )
  }
  assert.deepEqual(killPoints(0, 3_000, Math.random), [])
})

test('kills come one at a time, also when several points are passed at once', async () => {
  let running = 0
  let together = 0
  const kill = async () => {
    together = Math.max(together, ++running)
    await new Promise(setImmediate)
    return running--
  }
  const killer = new Killer([10, 20, 30], kill, assert.ifError)
  killer.progress(9)
  await killer.settled()
  assert.deepEqual(killer.downMs, [])
  killer.progress(25)
  killer.progress(30)
  await killer.settled()
  assert.deepEqual(killer.downMs, [1, 1, 1])
  assert.equal(together, 1)
})

test('a server that does not come back is told', async () => {
  const failures: unknown[] = []
  const gone = new Error('gone')
  const killer = new Killer(
    [1],
    () => Promise.reject(gone),
    (error) => failures.push(error),
  )
  killer.progress(1)
  await assert.rejects(killer.settled(), gone)
  assert.deepEqual(failures, [gone])
})
