import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from '../../simulator/random.ts'
import { type Fault, faultOf, faultsOf, KINDS, type Servers } from './schedule.ts'

const THREE: Servers = { brokers: 3, cassandraNodes: 3, proxies: true }
const SEEDS = 50

function first(count: number, seed: number, servers = THREE): Fault[] {
  return faultsOf(new Random(seed), servers).take(count).toArray()
}

test('the same seed gives the same faults, another seed others', () => {
  assert.deepEqual(first(30, 5), first(30, 5))
  assert.notDeepEqual(first(30, 5), first(30, 6))
})

test('every kind comes once before any comes again', () => {
  const wanted = KINDS.filter((kind) => kind !== 'restart-all').sort()
  for (let seed = 0; seed < SEEDS; seed++) {
    const kinds = first(2 * wanted.length, seed).map(({ kind }) => kind)
    assert.deepEqual(kinds.slice(0, wanted.length).sort(), wanted, `seed ${seed}`)
    assert.deepEqual(kinds.slice(wanted.length).sort(), wanted, `seed ${seed}`)
  }
})

test('without proxies nothing is cut or slowed', () => {
  const kinds = first(30, 1, { ...THREE, proxies: false }).map(({ kind }) => kind)
  assert.deepEqual(
    kinds.filter((kind) => /-stores$/.test(kind)),
    [],
  )
})

test('only servers that there are get hit, and in time every one of them', () => {
  const hit = (servers: Servers) => {
    const faults = Array.from({ length: SEEDS }, (_, seed) => first(12, seed, servers)).flat()
    return [...new Set(faults.flatMap(({ targets }) => targets))]
      .filter((name) => /^(kafka|cassandra)-/.test(name))
      .sort()
  }
  assert.deepEqual(hit({ brokers: 1, cassandraNodes: 1, proxies: true }), ['cassandra-1', 'kafka-1'])
  assert.deepEqual(hit(THREE), ['cassandra-1', 'cassandra-2', 'cassandra-3', 'kafka-1', 'kafka-2', 'kafka-3'])
})

test('a zombie sleeps for longer than its session, and a restart of everything leaves nothing out', () => {
  for (let seed = 0; seed < SEEDS; seed++) {
    const random = new Random(seed)
    assert.ok(faultOf(random, 'zombie-processor', THREE).holdMs > 10_000, `seed ${seed}`)
    assert.equal(new Set(faultOf(random, 'restart-all', THREE).targets).size, 6)
  }
})
