import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { JournalEntry } from '../../stores/counts/journal.ts'
import { MemoryJournal } from '../../testing/memory-journal.ts'
import { OwnImports } from './own-imports.ts'

const noteOf = (minute: number): JournalEntry => {
  return { atMs: minute, key: `${minute}`, body: { importing: { from: minute, to: minute + 1 } } }
}

test('of two looks at once the list of the later one stays', async () => {
  const journal = new MemoryJournal()
  const slow = Promise.withResolvers<void>()
  let looks = 0
  const imports = await OwnImports.open({
    latest: async (...asked) => {
      const found = await journal.latest(...asked)
      if (++looks === 2) await slow.promise
      return found
    },
  })
  await journal.append('imports', noteOf(7))
  const first = imports.look()
  await setImmediate()
  await journal.append('imports', noteOf(3))
  const second = imports.look()
  await setImmediate()
  slow.resolve()
  await Promise.all([first, second])
  assert.deepEqual(imports.importing(null), { from: 3, to: 8 })
})
