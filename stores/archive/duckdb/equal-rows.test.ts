import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'
import { EqualRows } from './equal-rows.ts'

/** Digests in the order of rows, by file. */
type Files = readonly (readonly string[])[]

async function found(files: Files, acrossFiles: boolean) {
  await using directory = await temporaryDirectory()
  const equalRows = await EqualRows.open(join(directory.path, 'scratch'))
  for (const [file, digests] of files.entries()) {
    for (const [row, digest] of digests.entries()) equalRows.add(file, row, digest.padStart(32, '0'))
  }
  const shared = await equalRows.compare(acrossFiles)
  const repeats: (readonly [file: number, row: number, ordinal: number])[] = []
  for (const file of files.keys()) {
    for await (const { row, ordinal } of equalRows.repeats(file)) repeats.push([file, row, ordinal])
  }
  await equalRows.close()
  return { shared, repeats }
}

test('rows are numbered among their equals, by file or across files', async () => {
  const files = [
    ['a', 'b', 'a', 'a'],
    ['b', 'a', `f${'0'.repeat(31)}`],
  ]
  assert.deepEqual(await found(files, false), {
    shared: 2,
    repeats: [
      [0, 2, 2],
      [0, 3, 3],
    ],
  })
  assert.deepEqual((await found(files, true)).repeats, [
    [0, 2, 2],
    [0, 3, 3],
    [1, 0, 2],
    [1, 1, 4],
  ])
})

test('finds what a count by hand finds, more rows than go into one chunk included', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.constantFrom('a', 'b', 'c'), { size: 'max', maxLength: 5_000 }), { maxLength: 3 }),
      fc.boolean(),
      async (files, acrossFiles) => {
        const seen = new Map<string, number>()
        const expected = files.flatMap((digests, file) =>
          digests.flatMap((digest, row) => {
            const name = acrossFiles ? digest : `${file} ${digest}`
            const ordinal = (seen.get(name) ?? 0) + 1
            seen.set(name, ordinal)
            return ordinal === 1 ? [] : [[file, row, ordinal]]
          }),
        )
        assert.deepEqual((await found(files, acrossFiles)).repeats, expected)
      },
    ),
    { numRuns: 10 },
  ))
