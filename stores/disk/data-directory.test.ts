import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, rmdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { DataDirectoryError, type DataDirectoryErrorCode, openDataDirectory } from './data-directory.ts'

/** A place in which nobody can make a directory, not even root. */
const UNWRITABLE = '/sys'

describe('The data directory', () => {
  it('is made with its parents, its sub-folders and its format', async () => {
    await using temporary = await temporaryDirectory()
    const root = join(temporary.path, 'some', 'data')
    const opened = await openDataDirectory(root)
    assert.deepEqual((await readdir(root)).sort(), ['counts', 'format', 'log', 'snapshots'])
    assert.equal(await readFile(join(root, 'format'), 'utf8'), '1\n')
    for (const path of [opened.log, opened.counts, opened.snapshots])
      assert.ok((await stat(path)).isDirectory())
  })

  it('opens again with what it holds', async () => {
    await using temporary = await temporaryDirectory()
    const first = await openDataDirectory(temporary.path)
    await writeFile(join(first.log, 'kept'), '')
    assert.deepEqual(await openDataDirectory(temporary.path), { ...first, isUsed: true })
    assert.deepEqual(await readdir(first.log), ['kept'])
  })

  it('is completed where its making was cut short', async () => {
    await using temporary = await temporaryDirectory()
    await mkdir(join(temporary.path, 'log'))
    const { counts } = await openDataDirectory(temporary.path)
    assert.ok((await stat(counts)).isDirectory())
    assert.equal(await readFile(join(temporary.path, 'format'), 'utf8'), '1\n')
  })

  it('is refused where what it held is gone, until an empty directory says that this is meant', async () => {
    for (const folder of ['log', 'counts']) {
      await using temporary = await temporaryDirectory()
      await openDataDirectory(temporary.path)
      await rmdir(join(temporary.path, folder))
      await check(temporary.path, 'damaged', new RegExp(`${folder} is lost. Restore it .*make an empty one`))
      await mkdir(join(temporary.path, folder))
      await openDataDirectory(temporary.path)
    }
  })

  it('is refused where it is a backup, and then stays as it is', async () => {
    for (const [file, message] of [
      ['manifest.json', /is a backup: make a data directory of it with npm run restore/],
      ['receiving', /holds a backup that is not whole/],
    ] as const) {
      await using temporary = await temporaryDirectory()
      await writeFile(join(temporary.path, file), '')
      await check(temporary.path, 'damaged', message)
      assert.deepEqual(await readdir(temporary.path), [file])
    }
  })

  it('makes the place of snapshots again, which only save time', async () => {
    await using temporary = await temporaryDirectory()
    const { snapshots } = await openDataDirectory(temporary.path)
    await rmdir(snapshots)
    await openDataDirectory(temporary.path)
    assert.ok((await stat(snapshots)).isDirectory())
  })

  it('may stand beside files that are not ours', async () => {
    await using temporary = await temporaryDirectory()
    await mkdir(join(temporary.path, 'lost+found'))
    await openDataDirectory(temporary.path)
  })

  it('is refused where a newer version wrote it', async () => {
    await using temporary = await temporaryDirectory()
    await writeFile(join(temporary.path, 'format'), '2\n')
    await check(temporary.path, 'newer_format', /newer version \(format 2, this one knows 1\): upgrade/)
  })

  it('is refused where its format cannot be read', async () => {
    for (const text of ['', '1', 'one\n', '1\n1\n']) {
      await using temporary = await temporaryDirectory()
      await writeFile(join(temporary.path, 'format'), text)
      await check(temporary.path, 'damaged', /restore it from a backup/)
    }
  })

  it('is refused where it holds data but no format', async () => {
    await using temporary = await temporaryDirectory()
    await mkdir(join(temporary.path, 'counts'))
    await writeFile(join(temporary.path, 'counts', 'CURRENT'), '')
    await check(temporary.path, 'damaged', /holds counts, but no file format/)
  })

  it('is refused where a file has its place, or that of a parent', async () => {
    await using temporary = await temporaryDirectory()
    const file = join(temporary.path, 'file')
    await writeFile(file, '')
    await check(file, 'not_a_directory', /name a directory/)
    await check(join(file, 'below'), 'not_a_directory', /name a directory/)
  })

  it('names the sub-folder whose place a file has', async () => {
    await using temporary = await temporaryDirectory()
    const { counts } = await openDataDirectory(temporary.path)
    await rmdir(counts)
    await writeFile(counts, '')
    await check(temporary.path, 'not_a_directory', /counts is in use by a file/)
  })

  it('is refused where it cannot be written', { skip: process.platform !== 'linux' }, async () => {
    await check(join(UNWRITABLE, 'tally'), 'not_writable', /change its owner or mode/)
  })
})

async function check(root: string, code: DataDirectoryErrorCode, message: RegExp): Promise<void> {
  await assert.rejects(openDataDirectory(root), (error) => {
    assert.ok(error instanceof DataDirectoryError, String(error))
    assert.equal(error.code, code)
    assert.match(error.message, message)
    assert.ok(error.message.includes(root))
    return true
  })
}
