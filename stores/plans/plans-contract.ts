// What every form of the plans must do, as tests. A form opens itself empty.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Plans } from './plans.ts'

export type PlansUnderTest = { readonly plans: Plans; close(): Promise<void> }

export function plansContract(name: string, open: () => Promise<PlansUnderTest>): void {
  const test = (title: string, run: (plans: Plans) => Promise<void>) =>
    it(title, async () => {
      const { plans, close } = await open()
      try {
        await run(plans)
      } finally {
        await close()
      }
    })
  describe(name, () => {
    test('holds one plan at a time, until it is dropped', async (plans) => {
      assert.equal(await plans.current(), null)
      assert.ok(await plans.propose(5, { hours: ['a\nb', '日本 🎬'] }))
      assert.deepEqual(await plans.current(), { version: 5, plan: { hours: ['a\nb', '日本 🎬'] } })
      assert.equal(await plans.propose(6, 'another'), false)
      assert.equal((await plans.current())?.version, 5)
      await plans.drop(5)
      await plans.drop(5)
      assert.equal(await plans.current(), null)
      assert.ok(await plans.propose(6, 'another'))
      assert.deepEqual(await plans.current(), { version: 6, plan: 'another' })
    })

    test('lets at most one of several proposals at once be the current one', async (plans) => {
      const versions = [1, 2, 3, 4]
      const taken = await Promise.all(versions.map((version) => plans.propose(version, version)))
      const current = await plans.current()
      assert.ok(taken.filter(Boolean).length <= 1)
      assert.equal(
        current?.version,
        versions.find((_, i) => taken[i]),
      )
    })

    test('keeps the results of shares, the last of each', async (plans) => {
      await plans.propose(7, [])
      assert.deepEqual(await plans.results(7), new Map())
      await Promise.all([12, 0, 3].map((share) => plans.note(7, share, { share })))
      await plans.note(7, 3, 'again')
      const expected = new Map<number, unknown>([
        [0, { share: 0 }],
        [3, 'again'],
        [12, { share: 12 }],
      ])
      const noted = Array.from(await plans.results(7)).sort(([a], [b]) => a - b)
      assert.deepEqual(new Map(noted), expected)
      assert.deepEqual(
        Array.from(await plans.noted(7)).sort((a, b) => a - b),
        [0, 3, 12],
      )
      assert.deepEqual(await plans.noted(8), new Set())
      assert.deepEqual(await plans.results(8), new Map())
      await plans.drop(7)
      assert.deepEqual(await plans.results(7), new Map())
    })

    test('is not misled by a straggler that notes a share of a plan that is dropped', async (plans) => {
      await plans.propose(7, [])
      await plans.drop(7)
      await plans.note(7, 0, 'late')
      assert.equal(await plans.current(), null)
      assert.ok(await plans.propose(9, []))
      assert.deepEqual(await plans.results(9), new Map())
      assert.deepEqual(await plans.results(7), new Map())
    })
  })
}
