import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesOf, MIB } from '../../../lib/byte-units.ts'
import { DAY } from '../../../testing/archive-fixture.ts'
import { mergersOf } from './compact.ts'
import { hourFileKey, parseRawFile } from './layout.ts'

test('every step merges a bounded number of bytes and files, and no file twice', () => {
  const size = fc.constantFrom(1, 1_000, MIB, 9 * MIB, 70 * MIB)
  fc.assert(
    fc.property(fc.array(size, { maxLength: 2_000 }), (sizes) => {
      const files = sizes.map((bytes, i) => {
        return parseRawFile({ key: hourFileKey(DAY, `events.a-0.${i}-${i + 1}`, i), bytes, modifiedMs: 0 })!
      })
      const mergers = mergersOf(files, DAY + 60, 64 * MIB)
      const merged = mergers.flatMap((merger) => merger.files.map(({ key }) => key))
      assert.equal(new Set(merged).size, merged.length)
      for (const { files: together } of mergers) {
        assert.ok(together.length > 1 && together.length <= 512, `${together.length} files`)
        assert.ok(bytesOf(together) <= 64 * MIB)
      }
    }),
    { numRuns: 30 },
  )
})
