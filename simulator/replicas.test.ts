import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Node, SimulatedFault, type Weather } from './node.ts'
import { Random } from './random.ts'
import { type Asked, type Cell, QUORUMS, Replicas } from './replicas.ts'
import { Scheduler } from './scheduler.ts'

const FAIR: Weather = { latencyMs: 5, longestMs: 10, failures: 0 }
const LONG_MS = 60 * 60_000
const KEY = 'row'

class World {
  readonly scheduler: Scheduler
  readonly replicas: Replicas
  readonly #node: Node

  constructor(seed: number, weather = FAIR, readRepair = false, asked: Asked = QUORUMS) {
    const random = new Random(seed)
    this.scheduler = new Scheduler(random, 0)
    this.replicas = new Replicas(this.scheduler, random, weather, readRepair, asked)
    this.#node = new Node('client', this.scheduler, 0)
  }

  /** Whether the write was acknowledged. */
  async write(timestamp: bigint, value: unknown = timestamp): Promise<boolean> {
    const write = this.replicas.write(this.#node, [{ key: KEY, cell: { timestamp, value } }])
    return this.#settled(write).then(
      () => true,
      () => false,
    )
  }

  async read(): Promise<Cell | undefined> {
    const [cell] = await this.#settled(this.replicas.read(this.#node, [KEY]))
    return cell
  }

  /** Until all that is on its way has arrived. */
  async calmDown(): Promise<void> {
    await this.scheduler.runUntil(() => false, this.scheduler.nowMs + LONG_MS)
  }

  async #settled<T>(call: Promise<T>): Promise<T> {
    let settled = false
    const settle = () => {
      settled = true
    }
    call.then(settle, settle)
    await this.scheduler.runUntil(() => settled, this.scheduler.nowMs + LONG_MS)
    return call
  }
}

test('what was acknowledged every read sees where the replicas asked overlap, in any weather', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const asked = [QUORUMS, { write: 1, read: 3 }, { write: 3, read: 1 }][seed % 3]!
    const world = new World(seed, { latencyMs: 50, longestMs: 5_000, failures: 0.3 }, false, asked)
    world.replicas.setDown(seed % 3, asked === QUORUMS)
    let acknowledged = 0n
    for (let timestamp = 1n; timestamp <= 10n; timestamp++) {
      if (await world.write(timestamp)) acknowledged = timestamp
      for (const cell of world.replicas.views(KEY)) {
        assert.ok((cell?.timestamp ?? 0n) >= acknowledged, `seed ${seed}`)
      }
    }
  }
})

test('where the replicas asked need not overlap, a read may miss what was acknowledged', async () => {
  let missed = 0
  for (let seed = 1; seed <= 60; seed++) {
    const weather = { latencyMs: 50, longestMs: 5_000, failures: 0.3 }
    const world = new World(seed, weather, false, { write: 1, read: 2 })
    if (!(await world.write(1n))) continue
    if (world.replicas.views(KEY).includes(undefined)) missed++
  }
  assert.ok(missed > 0)
})

test('the higher timestamp stays, whatever arrives last', async () => {
  const world = new World(1)
  for (const timestamp of [3n, 1n, 2n]) assert.ok(await world.write(timestamp))
  await world.calmDown()
  assert.deepEqual(
    world.replicas.views(KEY).map((cell) => cell?.timestamp),
    [3n, 3n, 3n],
  )
})

test('of equal timestamps all replicas keep the same value', async () => {
  const world = new World(1)
  for (const value of ['b', 'c', 'a']) assert.ok(await world.write(1n, value))
  await world.calmDown()
  for (const cell of world.replicas.views(KEY)) assert.equal(cell?.value, 'c')
})

test('one replica down is no harm, two are no quorum', async () => {
  const world = new World(1)
  world.replicas.setDown(0, true)
  assert.ok(await world.write(1n))
  assert.equal((await world.read())?.timestamp, 1n)
  world.replicas.setDown(1, true)
  assert.ok(!(await world.write(2n)))
  await assert.rejects(world.read(), SimulatedFault)
  world.replicas.heal()
  assert.ok(await world.write(3n))
  assert.equal((await world.read())?.timestamp, 3n)
})

test('a failed write may be there or not, and quorums may differ on it', async () => {
  const seen = new Set<string>()
  for (let seed = 1; seed <= 100; seed++) {
    const world = new World(seed, { ...FAIR, failures: 0.6 })
    if (await world.write(1n)) continue
    await world.calmDown()
    const views = world.replicas.views(KEY).map((cell) => (cell === undefined ? '-' : 'x'))
    seen.add(views.join(''))
  }
  assert.ok(seen.has('---') && seen.has('xxx') && seen.size > 2, Array.from(seen).join(' '))
})

test('with read repair what was read once is read for ever', async () => {
  let differing = 0
  for (let seed = 1; seed <= 100; seed++) {
    const weather = { ...FAIR, failures: 0.6 }
    const world = new World(seed, weather, true)
    await world.write(1n)
    await world.calmDown()
    weather.failures = 0
    if (new Set(world.replicas.views(KEY)).size > 1) differing++
    const read = await world.read()
    if (read === undefined) continue
    for (const cell of world.replicas.views(KEY)) assert.deepEqual(cell, read, `seed ${seed}`)
  }
  assert.ok(differing > 0)
})
