import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { type TemporaryDirectory, temporaryDirectory } from '../../testing/temporary-directory.ts'
import { DataDirectoryError } from './data-directory.ts'
import { LevelDatabase } from './level-database.ts'
import { journalDamage } from './level-journal.ts'

/** Of values; the journal has blocks of 32 KiB. */
const SIZES = [10, 200, 32_700, 5, 90_000, 1_000, 40_000, 30, 20_000]

describe('The journal of a database', () => {
  let directory: TemporaryDirectory
  let path: string
  let journal: Buffer
  before(async () => {
    directory = await temporaryDirectory()
    const database = await LevelDatabase.open(directory.path, () => [])
    for (const [i, size] of SIZES.entries()) {
      await database.write([{ type: 'put', key: `k${i}`, value: randomBytes(size) }])
    }
    await database.close()
    path = join(directory.path, (await readdir(directory.path)).find((file) => file.endsWith('.log'))!)
    journal = await readFile(path)
  })
  after(() => directory[Symbol.asyncDispose]())

  it('is whole as LevelDB writes it', () => {
    assert.ok(journal.length > SIZES.reduce((sum, size) => sum + size))
    assert.equal(journalDamage(journal), null)
    assert.equal(journalDamage(new Uint8Array(0)), null)
  })

  it('may end anywhere, and where it ends in zeros', () => {
    const property = fc.property(fc.nat(journal.length), fc.nat(5_000), (length, zeros) => {
      assert.equal(journalDamage(journal.subarray(0, length)), null)
      const whole = Buffer.alloc(Math.max(length + SECTORS, length + zeros))
      journal.copy(whole, 0, 0, length)
      assert.equal(journalDamage(whole), null)
    })
    fc.assert(property, { numRuns: 500 })
  })

  it('is damaged where any bit of a record is another', () => {
    const property = fc.property(fc.nat(journal.length - 1), fc.integer({ min: 0, max: 7 }), (at, bit) => {
      const harmed = Buffer.from(journal)
      harmed[at]! ^= 1 << bit
      const isPadding = journal.subarray(at, at - (at % BLOCK) + BLOCK).every((byte) => byte === 0)
      if (!isPadding) assert.notEqual(journalDamage(harmed), null)
    })
    fc.assert(property, { numRuns: 1_000 })
  })

  it('is damaged where sectors in the middle are empty', () => {
    const harmed = Buffer.from(journal).fill(0, 512, 1_024)
    assert.notEqual(journalDamage(harmed), null)
  })

  it('is told with its file when the database is opened', async () => {
    const harmed = Buffer.from(journal)
    harmed[journal.length - 30_000]! ^= 1
    await writeFile(path, harmed)
    await assert.rejects(
      LevelDatabase.open(directory.path, () => []),
      (error) => {
        assert.ok(error instanceof DataDirectoryError)
        assert.equal(error.code, 'damaged')
        assert.match(
          error.message,
          /^The file \d+\.log of the database is damaged at byte \d+\. .* restore it/,
        )
        return true
      },
    )
  })
})

const BLOCK = 32_768
const SECTORS = 1_024
