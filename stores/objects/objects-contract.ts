// What every form of the object store must do, as tests. A form opens itself empty.
import assert from 'node:assert/strict'
import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { ObjectMissing, type ObjectStore } from './objects.ts'

export type ObjectsUnderTest = { readonly objects: ObjectStore; close(): Promise<void> }

type Test = (title: string, run: (objects: ObjectStore, scratch: string) => Promise<void>) => void

export function objectsContract(name: string, open: () => Promise<ObjectsUnderTest>): void {
  const test: Test = (title, run) =>
    it(title, async () => {
      await using scratch = await temporaryDirectory()
      const { objects, close } = await open()
      try {
        await run(objects, scratch.path)
      } finally {
        await close()
      }
    })
  describe(name, () => {
    writing(test)
    uploads(test)
    opening(test)
    listing(test)
    removing(test)
    keys(test)
  })
}

function writing(test: Test): void {
  test('gives back what was written, and null where there is nothing', async (objects) => {
    await objects.write('a/b=1/c.json', bytesOf('one'))
    assert.equal(textOf(await objects.read('a/b=1/c.json')), 'one')
    assert.equal(await objects.read('a/b=1/d.json'), null)
    assert.equal(await objects.read('a/b=1'), null)
    assert.equal(await objects.read('x/y/z'), null)
  })

  test('replaces what is there', async (objects) => {
    for (const text of ['a longer text', 'short', '']) {
      await objects.write('k', bytesOf(text))
      assert.equal(textOf(await objects.read('k')), text)
    }
  })

  test('keeps bytes as they are', async (objects) => {
    const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31) % 256)
    await objects.write('bytes', bytes)
    assert.deepEqual(Uint8Array.from((await objects.read('bytes'))!), bytes)
  })

  test('shows one of many concurrent writes whole', async (objects) => {
    const texts = Array.from({ length: 20 }, (_, i) => String.fromCharCode(97 + i).repeat(10_000 + i))
    await Promise.all(texts.map((text) => objects.write('d/k', bytesOf(text))))
    assert.ok(texts.includes(textOf(await objects.read('d/k'))!))
    assert.equal((await objects.list('')).length, 1)
  })
}

function uploads(test: Test): void {
  test('takes a finished file, which is gone after that', async (objects, scratch) => {
    const path = await file(scratch, 'finished', 'content')
    await objects.upload('d/e/f.parquet', path)
    assert.equal(textOf(await objects.read('d/e/f.parquet')), 'content')
    await assert.rejects(access(path), { code: 'ENOENT' })
  })

  test('takes the place of what is there by an upload', async (objects, scratch) => {
    await objects.write('k', bytesOf('old'))
    await objects.upload('k', await file(scratch, 'finished', 'new'))
    assert.equal(textOf(await objects.read('k')), 'new')
  })

  test('rejects a file that is not there, and keeps what it holds', async (objects, scratch) => {
    await objects.write('k', bytesOf('old'))
    await assert.rejects(objects.upload('k', join(scratch, 'nothing')))
    assert.equal(textOf(await objects.read('k')), 'old')
  })
}

function opening(test: Test): void {
  test('makes an object readable as a file', async (objects) => {
    await objects.write('d/k', bytesOf('content'))
    const [one, other] = await Promise.all([objects.open('d/k'), objects.open('d/k')])
    await other.release()
    assert.equal(await readFile(one.path, 'utf8'), 'content')
    await one.release()
    assert.equal(textOf(await objects.read('d/k')), 'content')
  })

  test('opens what was written last', async (objects) => {
    for (const text of ['first', 'other', 'third']) {
      await objects.write('k', bytesOf(text))
      const { path, release } = await objects.open('k')
      assert.equal(await readFile(path, 'utf8'), text)
      await release()
    }
  })

  test('says so where there is no object to open', async (objects) => {
    await assert.rejects(objects.open('d/k'), ObjectMissing)
    await objects.write('d/k', bytesOf('content'))
    await assert.rejects(objects.open('d'), ObjectMissing)
    await objects.remove(['d/k'])
    await assert.rejects(objects.open('d/k'), ObjectMissing)
  })
}

function listing(test: Test): void {
  test('lists what begins so, in order of the keys', async (objects) => {
    const keys = ['a.b', 'a/2/x', 'a/10/x', 'a-b', 'a/1', 'aa/1', 'a=1/b', 'b', 'a/2/w', 'Z']
    for (const key of keys) await objects.write(key, bytesOf(key))
    const cases: [prefix: string, expected: string[]][] = [
      ['', [...keys].sort()],
      ['a/', ['a/1', 'a/10/x', 'a/2/w', 'a/2/x']],
      ['a/1', ['a/1', 'a/10/x']],
      ['a/2/', ['a/2/w', 'a/2/x']],
      ['a/2/x', ['a/2/x']],
      ['a', keys.filter((key) => key.startsWith('a')).sort()],
      ['c', []],
      ['a/2/x/', []],
    ]
    for (const [prefix, expected] of cases) {
      const found = await objects.list(prefix)
      assert.deepEqual(
        found.map(({ key }) => key),
        expected,
        prefix,
      )
    }
  })

  test('tells bytes and times of what it lists', async (objects) => {
    const before = Date.now()
    await objects.write('k', bytesOf('12345'))
    const [info] = await objects.list('k')
    assert.equal(info?.bytes, 5)
    assert.ok(Number.isSafeInteger(info.modifiedMs))
    // The clock of a store may be coarse and differ from ours.
    assert.ok(Math.abs(info.modifiedMs - before) < 60_000)
  })

  test('lists more than a page', async (objects) => {
    const keys = Array.from({ length: 1_100 }, (_, i) => `many/${String(i).padStart(4, '0')}`)
    for (let i = 0; i < keys.length; i += 50) {
      await Promise.all(keys.slice(i, i + 50).map((key) => objects.write(key, bytesOf(''))))
    }
    assert.deepEqual(
      (await objects.list('many/')).map(({ key }) => key),
      keys,
    )
    await objects.remove(keys)
    assert.deepEqual(await objects.list(''), [])
  })
}

function removing(test: Test): void {
  test('removes what is named and nothing else', async (objects) => {
    for (const key of ['d/1', 'd/2', 'd/3', 'e/1']) await objects.write(key, bytesOf(key))
    await objects.remove(['d/1', 'd/3', 'e/1', 'e/2', 'f/1'])
    await objects.remove(['d/1'])
    await objects.remove([])
    assert.deepEqual(
      (await objects.list('')).map(({ key }) => key),
      ['d/2'],
    )
    await objects.write('e/1', bytesOf('again'))
    assert.equal(textOf(await objects.read('e/1')), 'again')
  })

  test('writes and removes beside each other', async (objects) => {
    for (let round = 0; round < 20; round++) {
      await objects.write('d/e/old', bytesOf('old'))
      await Promise.all([objects.remove(['d/e/old']), objects.write('d/e/new', bytesOf('new'))])
      assert.equal(textOf(await objects.read('d/e/new')), 'new')
      await objects.remove(['d/e/new'])
    }
    assert.deepEqual(await objects.list(''), [])
  })
}

function keys(test: Test): void {
  test('refuses keys that are none', async (objects, scratch) => {
    await mkdir(join(scratch, 'd'))
    for (const key of [
      '',
      '/a',
      'a/',
      'a//b',
      '.',
      'a/../b',
      '..',
      'a b',
      'ä',
      'a\\b',
      'a\0b',
      '~drafts/a',
    ]) {
      const path = await file(scratch, 'file', '')
      for (const call of [
        () => objects.write(key, bytesOf('')),
        () => objects.read(key),
        () => objects.upload(key, path),
        () => objects.open(key),
        () => objects.remove([key]),
      ]) {
        await assert.rejects(call, RangeError, JSON.stringify(key))
      }
    }
    assert.deepEqual(await objects.list(''), [])
  })
}

async function file(folder: string, name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text)
}

function textOf(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString()
}
