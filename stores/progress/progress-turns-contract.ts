// What every form of the turns must do, as tests.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MARK_KEPT_MS, type ProgressTurns } from './progress-turns.ts'

export type TurnsUnderTest = {
  of(process: string): ProgressTurns
  /** The turn that was taken ends. */
  pass(): Promise<void>
  close(): Promise<void>
}

const NOW = 1_700_000_000_000

export function progressTurnsContract(name: string, open: () => Promise<TurnsUnderTest>): void {
  const test = (title: string, run: (opened: TurnsUnderTest) => Promise<void>) =>
    it(title, async () => {
      const opened = await open()
      try {
        await run(opened)
      } finally {
        await opened.close()
      }
    })
  describe(name, () => {
    test('gives each turn to one, with the marks of all who came by then', async ({ of, pass }) => {
      const [a, b] = [of('a'), of('b')]
      assert.deepEqual(await a.take(NOW), { found: null, marks: new Map([['a', NOW]]) })
      assert.deepEqual(await b.take(NOW - 7), { found: null, marks: null })
      assert.deepEqual(await a.take(NOW + 1), { found: null, marks: null })
      await pass()
      const { marks } = await b.take(NOW - 6)
      assert.deepEqual(
        marks,
        new Map([
          ['a', NOW + 1],
          ['b', NOW - 6],
        ]),
      )
    })

    test('tells each what was found for it, until something newer is', async ({ of }) => {
      const [a, b] = [of('a'), of('b')]
      await a.take(NOW)
      const [first, second] = [NOW, NOW + 1].map((markMs) => ({
        markMs,
        asOfMs: markMs - 1,
        sureToMs: markMs - 9,
      }))
      await a.tell(new Map([['a', first!]]))
      assert.deepEqual((await a.take(NOW + 1)).found, first)
      assert.equal((await b.take(NOW + 1)).found, null)
      await b.tell(
        new Map([
          ['a', second!],
          ['b', first!],
        ]),
      )
      assert.deepEqual((await a.take(NOW + 2)).found, second)
      assert.deepEqual((await b.take(NOW + 2)).found, first)
      await b.tell(new Map())
      assert.deepEqual((await a.take(NOW + 3)).found, second)
    })

    test('forgets who has ended', async ({ of, pass }) => {
      await of('ended').take(NOW)
      await pass()
      const { marks } = await of('a').take(NOW + MARK_KEPT_MS + 1)
      assert.deepEqual(marks, new Map([['a', NOW + MARK_KEPT_MS + 1]]))
    })
  })
}
