// What every form of the journal must do, as tests. A form opens itself empty.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DAY_MS } from '../../model/bucket.ts'
import { checkNames } from '../../testing/arbitrary-name.ts'
import type { Journal, JournalEntry } from './journal.ts'

export type JournalUnderTest = { readonly journal: Journal; close(): Promise<void> }

/** 2023-11-14T00:00Z; the forms that remove old entries are opened at this time. */
export const JOURNAL_NOW_MS = 1_699_920_000_000

export function journalContract(name: string, open: () => Promise<JournalUnderTest>): void {
  const test = (title: string, run: (journal: Journal) => Promise<void>) =>
    it(title, async () => {
      const { journal, close } = await open()
      try {
        await run(journal)
      } finally {
        await close()
      }
    })

  describe(name, () => {
    test('is empty at first', async (journal) => {
      assert.deepEqual(await journal.latest('alerts', 10), [])
      assert.equal(await journal.find('alerts', 'a'), null)
    })

    test('gives the newest entries first, over months, as many as asked for', async (journal) => {
      const days = [-40, 0, -100, -3, -1, -41]
      for (const day of days) await journal.append('imports', entryOf(day * DAY_MS, `day ${day}`))
      const keys = async (limit: number, before?: number) => {
        const beforeMs = before === undefined ? undefined : JOURNAL_NOW_MS + before * DAY_MS
        return (await journal.latest('imports', limit, beforeMs)).map(({ key }) => key)
      }
      const newest = days.toSorted((a, b) => b - a).map((day) => `day ${day}`)
      assert.deepEqual(await keys(100), newest)
      assert.deepEqual(await keys(3), newest.slice(0, 3))
      assert.deepEqual(await keys(2, -3), ['day -40', 'day -41'])
      assert.deepEqual(await keys(9, -100), [])
    })

    test('keeps keys and what is said under them apart, whatever they are', async (journal) => {
      await checkNames(async (tenant, names) => {
        const keyOf = (name: string) => `${tenant}/${name}`
        for (const name of names)
          await journal.append('alerts', { ...entryOf(0, keyOf(name)), body: { name } })
        for (const name of names) {
          assert.deepEqual((await journal.find('alerts', keyOf(name)))?.body, { name })
        }
      })
    })

    test('keeps books apart', async (journal) => {
      const entry = entryOf(0, 'a')
      await journal.append('privacy', entry)
      assert.deepEqual(await journal.latest('privacy', 10), [entry])
      assert.deepEqual(await journal.latest('alerts', 10), [])
      assert.equal(await journal.find('alerts', 'a'), null)
    })

    test('replaces an entry of the same time and key, and no other', async (journal) => {
      await journal.append('privacy', entryOf(0, 'a', 'z, the first'))
      await journal.append('privacy', entryOf(0, 'a', 'a, the second'))
      await journal.append('privacy', entryOf(0, 'b'))
      const entries = await journal.latest('privacy', 10)
      const bodies = new Map(entries.map(({ key, body }) => [key, body]))
      assert.deepEqual(
        bodies,
        new Map([
          ['a', 'a, the second'],
          ['b', null],
        ]),
      )
      assert.deepEqual(await journal.find('privacy', 'a'), entryOf(0, 'a', 'a, the second'))
    })

    test('finds the latest entry with a key, whatever the order in which they came', async (journal) => {
      for (const at of [-5, -1, -3]) await journal.append('dead-letters', entryOf(at, 'a', at))
      await journal.append('dead-letters', entryOf(0, 'ab'))
      assert.deepEqual(await journal.find('dead-letters', 'a'), entryOf(-1, 'a', -1))
      assert.equal(await journal.find('dead-letters', 'b'), null)
    })

    test('takes any key and any JSON', async (journal) => {
      const body = { text: 'ü\u0000"日本', list: [1, -0.5, null, true, []], nested: { '': {} } }
      for (const key of ['', 'a/b~c', 'ü 日本', 'a\u0000b', 'x'.repeat(500)]) {
        await journal.append('alerts', entryOf(0, key, body))
        assert.deepEqual(await journal.find('alerts', key), entryOf(0, key, body))
      }
      assert.equal((await journal.latest('alerts', 10)).length, 5)
    })
  })
}

function entryOf(afterMs: number, key: string, body: unknown = null): JournalEntry {
  return { atMs: JOURNAL_NOW_MS + afterMs, key, body }
}
