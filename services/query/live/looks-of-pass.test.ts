import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AGAIN_PER_PASS_MAX, CHANGED_PER_PASS_MAX, type Due, looksOfPass } from './looks-of-pass.ts'

const due = (tenant: string, isDue: boolean, lookedMs = 0): Due => ({
  ...{ subject: { series: { tenant } }, isDue, lookedMs },
})
const many = (count: number, one: (at: number) => Due) => Array.from({ length: count }, (_, at) => one(at))
const tenantsOf = (looks: readonly Due[]) =>
  new Map(
    Array.from(
      Map.groupBy(looks, ({ subject }) => subject.series.tenant),
      ([name, of]) => [name, of.length],
    ),
  )

test('few are all read, in their order', () => {
  const few = [due('a', false, 9), due('b', true, 1), due('a', true, 5)]
  assert.deepEqual(looksOfPass(few), few)
  assert.deepEqual(looksOfPass([]), [])
})

test('tenants take turns, however many series one of them watches', () => {
  const looks = looksOfPass([...many(20_000, () => due('a', true)), due('b', true), due('c', true)])
  assert.equal(looks.length, CHANGED_PER_PASS_MAX)
  assert.deepEqual(
    tenantsOf(looks),
    new Map([
      ['a', CHANGED_PER_PASS_MAX - 2],
      ['b', 1],
      ['c', 1],
    ]),
  )
  assert.deepEqual(
    looks.slice(0, 3).map(({ subject }) => subject.series.tenant),
    ['a', 'b', 'c'],
  )
})

test('what changed does not wait for what is only read again', () => {
  const looks = looksOfPass([...many(5_000, () => due('a', false)), due('a', true)])
  assert.equal(looks.length, AGAIN_PER_PASS_MAX + 1)
  assert.equal(looks[0]!.isDue, true)
})

test('pass by pass each is read once before any is read a second time', () => {
  const all = many(1_000, (at) => due(at % 2 === 0 ? 'a' : 'b', at < 300))
  let left: readonly Due[] = all.map((one, at) => ({ ...one, lookedMs: at }))
  const seen = new Set<number>()
  for (let pass = 1; seen.size < all.length; pass++) {
    const looks = looksOfPass(left)
    assert.ok(looks.length > 0)
    for (const { lookedMs } of looks) {
      assert.ok(lookedMs < 1_000 && !seen.has(lookedMs))
      seen.add(lookedMs)
    }
    const looked = new Set(looks)
    left = left.map((one) => (looked.has(one) ? { ...one, isDue: false, lookedMs: 1_000 + pass } : one))
  }
})
