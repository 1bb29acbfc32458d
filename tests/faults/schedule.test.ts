import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from '../../simulator/random.ts'
import { type Fault, faultOf, faultsOf, KINDS, type Kind, type Servers } from './schedule.ts'

const THREE: Servers = { brokers: 3, cassandraNodes: 3, proxies: true, spoolDisk: true }
const SEEDS = 50

function first(count: number, seed: number, servers = THREE, wanted = KINDS as readonly Kind[]): Fault[] {
  return faultsOf(new Random(seed), servers, wanted).take(count).toArray()
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

test('a leader is lost only where another broker may follow it', () => {
  const kinds = (brokers: number) => first(60, 1, { ...THREE, brokers }).map(({ kind }) => kind)
  assert.ok(kinds(3).includes('lose-leader'))
  assert.ok(!kinds(1).includes('lose-leader'))
})

test('without proxies nothing is cut or slowed, and without a disk of its own none is filled', () => {
  const kinds = (servers: Partial<Servers>) => first(60, 1, { ...THREE, ...servers }).map(({ kind }) => kind)
  assert.ok(!kinds({ proxies: false }).some((kind) => /^(cut|slow)-/.test(kind)))
  assert.ok(kinds({ proxies: false }).includes('fill-spool-disk'))
  assert.ok(!kinds({ spoolDisk: false }).includes('fill-spool-disk'))
})

test('only the kinds that are wanted come, and none at all is told', () => {
  const wanted: Kind[] = ['restart-all', 'cut-brokers', 'kill-cache']
  const kinds = (servers: Servers) =>
    faultsOf(new Random(1), servers, wanted)
      .take(20)
      .map(({ kind }) => kind)
  assert.deepEqual(new Set(kinds(THREE)), new Set(['cut-brokers', 'kill-cache']))
  assert.deepEqual(new Set(kinds({ ...THREE, proxies: false })), new Set(['kill-cache']))
  assert.throws(
    () => first(1, 1, THREE, ['restart-all']),
    /none of these faults is possible here: restart-all/,
  )
})

test('only servers that there are get hit, and in time every one of them', () => {
  const hit = (servers: Servers) => {
    const faults = Array.from({ length: SEEDS }, (_, seed) => first(12, seed, servers)).flat()
    return [...new Set(faults.flatMap(({ targets }) => targets))]
      .filter((name) => /^(kafka|cassandra)-/.test(name))
      .sort()
  }
  assert.deepEqual(hit({ ...THREE, brokers: 1, cassandraNodes: 1 }), ['cassandra-1', 'kafka-1'])
  assert.deepEqual(hit(THREE), ['cassandra-1', 'cassandra-2', 'cassandra-3', 'kafka-1', 'kafka-2', 'kafka-3'])
})

test('a zombie sleeps for longer than its session, and a restart of everything leaves nothing out', () => {
  for (let seed = 0; seed < SEEDS; seed++) {
    const random = new Random(seed)
    assert.ok(faultOf(random, 'zombie-processor', THREE).holdMs > 10_000, `seed ${seed}`)
    assert.equal(new Set(faultOf(random, 'restart-all', THREE).targets).size, 6)
    assert.equal(new Set(faultOf(random, 'rolling-restart', THREE).targets).size, 8)
  }
})
