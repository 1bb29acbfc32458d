import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { isPossible, LEVELS, type Level, levelsFault, overlaps, type Replication } from './consistency.ts'

type Replica = { readonly centre: string; readonly id: number }

function replicasOf(replication: Replication): Replica[] {
  return Array.from(replication).flatMap(([centre, count]) =>
    Array.from({ length: count }, (_, id) => ({ centre, id })),
  )
}

function subsetsOf(replicas: readonly Replica[]): Replica[][] {
  return Array.from({ length: 2 ** replicas.length }, (_, bits) =>
    replicas.filter((_, at) => ((bits >> at) & 1) === 1),
  )
}

const isMajority = (some: number, all: number) => 2 * some > all

/** As Cassandra's documentation defines the levels: whether these replicas suffice for a process in `local`. */
function suffices(level: Level, some: readonly Replica[], all: readonly Replica[], local: string): boolean {
  const inCentre = (of: readonly Replica[], centre: string) =>
    of.filter((one) => one.centre === centre).length
  const isQuorumOf = (centre: string) => isMajority(inCentre(some, centre), inCentre(all, centre))
  switch (level) {
    case 'ONE':
      return some.length >= 1
    case 'TWO':
      return some.length >= 2
    case 'THREE':
      return some.length >= 3
    case 'LOCAL_ONE':
      return inCentre(some, local) >= 1
    case 'LOCAL_QUORUM':
      return isQuorumOf(local)
    case 'QUORUM':
      return isMajority(some.length, all.length)
    case 'EACH_QUORUM':
      return all.every(({ centre }) => isQuorumOf(centre))
    case 'ALL':
      return some.length === all.length
  }
}

const CENTRES = ['dc1', 'dc2', 'dc3']
const replications = fc
  .array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 })
  .filter((counts) => counts.reduce((all, one) => all + one) <= 6)
  .map((counts): Replication => new Map(counts.map((count, at) => [CENTRES[at]!, count])))
const levels = fc.constantFrom(...LEVELS)
/** Some of the data centres, at least one. */
const someOf = (replication: Replication) => fc.subarray(Array.from(replication.keys()), { minLength: 1 })
const cases = replications.chain((replication) =>
  fc.record({
    replication: fc.constant(replication),
    write: levels,
    read: levels,
    writersIn: someOf(replication),
    readersIn: someOf(replication),
  }),
)

test('levels overlap if no set that may acknowledge is disjoint from one that may answer, by trying all sets', () => {
  fc.assert(
    fc.property(cases, ({ replication, write, read, writersIn, readersIn }) => {
      const all = replicasOf(replication)
      const subsets = subsetsOf(all)
      const setsOf = (level: Level, centres: readonly string[]) =>
        subsets.filter((some) => centres.some((local) => suffices(level, some, all, local)))
      const answering = setsOf(read, readersIn)
      const expected = setsOf(write, writersIn).every((acknowledging) =>
        answering.every((some) => some.some((replica) => acknowledging.includes(replica))),
      )
      assert.equal(overlaps(write, read, replication, writersIn, readersIn), expected)
    }),
  )
})

test('a level is possible if all replicas together suffice', () => {
  fc.assert(
    fc.property(replications, levels, (replication, level) => {
      const all = replicasOf(replication)
      for (const local of replication.keys())
        assert.equal(isPossible(level, replication, local), suffices(level, all, all, local))
      assert.equal(
        isPossible(level, replication, 'elsewhere'),
        !level.startsWith('LOCAL_') && suffices(level, all, all, 'elsewhere'),
      )
    }),
  )
})

describe('counting', () => {
  function check(
    [write, hydrate]: readonly [Level, Level],
    replication: Record<string, number>,
    countingIn: readonly string[],
    expected: RegExp | null,
  ): void {
    const at = JSON.stringify(replication)
    test(`at ${write} and ${hydrate} with ${at} in ${countingIn} is ${expected ?? 'allowed'}`, () => {
      const replicas = new Map(Object.entries(replication))
      const fault = levelsFault({ write, hydrate, query: 'ONE' }, replicas, countingIn)
      if (expected === null) assert.equal(fault, null)
      else assert.match(fault!, expected)
    })
  }
  const two = { dc1: 3, dc2: 3 }
  check(['QUORUM', 'QUORUM'], { dc1: 3 }, ['dc1'], null)
  check(['ONE', 'ALL'], { dc1: 3 }, ['dc1'], null)
  check(['ONE', 'ONE'], { dc1: 1 }, ['dc1'], null)
  check(
    ['ONE', 'QUORUM'],
    { dc1: 3 },
    ['dc1'],
    /^with dc1:3, .* at QUORUM need not .* at ONE: .* lose counts$/,
  )
  check(['LOCAL_QUORUM', 'LOCAL_QUORUM'], { dc1: 3 }, ['dc1'], null)
  check(['LOCAL_QUORUM', 'LOCAL_QUORUM'], two, ['dc1'], null)
  check(['LOCAL_QUORUM', 'LOCAL_QUORUM'], two, ['dc1', 'dc2'], /and counting in dc1 and dc2, .*lose counts/)
  check(['EACH_QUORUM', 'LOCAL_QUORUM'], two, ['dc1', 'dc2'], null)
  check(['QUORUM', 'LOCAL_QUORUM'], two, ['dc1'], /lose counts/)
  check(['QUORUM', 'QUORUM'], two, ['dc1', 'dc2'], null)
  check(['THREE', 'ONE'], { dc1: 2 }, ['dc1'], /THREE in dc1 needs more replicas than there are/)
})
