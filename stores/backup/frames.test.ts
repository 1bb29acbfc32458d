import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Entry } from '../disk/database-copy.ts'
import { frameLine, readFrames } from './frames.ts'
import { type Manifest, manifestText, parseManifest } from './manifest.ts'
import { entriesOf, partsOf } from './parts.ts'

const aPath = fc.array(fc.stringMatching(/^[a-z0-9=-]{1,12}$/), { minLength: 1, maxLength: 3 })
const someBytes = fc.uint8Array({ maxLength: 300 })
const aFile = fc.tuple(aPath, someBytes).map(([words, bytes]) => ({ path: words.join('/'), bytes }))

async function* inPieces(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!
    yield bytes.subarray(at, at + size)
    at += size
  }
}

async function read(bytes: Buffer, sizes: readonly number[] = [7]) {
  const found: { path: string; bytes: Uint8Array }[] = []
  for await (const { path, content } of readFrames(inPieces(bytes, sizes))) {
    found.push({ path, bytes: Uint8Array.from(Buffer.concat(await Array.fromAsync(content))) })
  }
  return found
}

const framed = (files: readonly { path: string; bytes: Uint8Array }[]) =>
  Buffer.concat(files.flatMap(({ path, bytes }) => [frameLine(path, bytes.length), bytes]))

describe('files in one stream', () => {
  test('are read as they were written, however the bytes arrive', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 })
    await fc.assert(
      fc.asyncProperty(fc.array(aFile), sizes, async (files, some) => {
        assert.deepEqual(await read(framed(files), some), files)
      }),
    )
  })

  test('are never read as whole if the stream was cut', async () => {
    const files = [{ path: 'a/b', bytes: Uint8Array.of(1, 2, 3) }]
    const bytes = framed(files)
    for (let length = 1; length < bytes.length; length++) {
      await assert.rejects(read(bytes.subarray(0, length)), /ended before the backup was whole/)
    }
  })

  test('must have names that lead nowhere else', async () => {
    for (const path of ['../a', '/etc/passwd', 'a//b', 'a/./b', 'a\\b', '']) {
      await assert.rejects(read(frameLine(path, 0)), /is not a backup/)
    }
    await assert.rejects(read(Buffer.from('<html>\n')), /is not a backup: it sends "<html>"/)
    await assert.rejects(read(Buffer.alloc(10_000, 97)), /is not a backup/)
  })
})

describe('entries of a database', () => {
  test('are the same after they were packed', async () => {
    const anEntry = fc.tuple(someBytes, someBytes)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(anEntry)), async (lots) => {
        const entries = lots.flat().map(([key, value]): Entry => [Buffer.from(key), Buffer.from(value)])
        const parts = await Array.fromAsync(partsOf(each(lots)))
        const found = await Promise.all(parts.map(entriesOf))
        assert.deepEqual(
          found.flat().map((entry) => entry.map((bytes) => Buffer.from(bytes))),
          entries.map((entry) => [...entry]),
        )
      }),
    )
  })

  test('are packed in parts of bounded size', async () => {
    const value = Buffer.alloc(1 << 20)
    const lots = Array.from({ length: 10 }, (): Entry[] => [[Buffer.of(1), value]])
    const parts = await Array.fromAsync(partsOf(each(lots)))
    const sizes = await Promise.all(parts.map(async (part) => (await entriesOf(part)).length))
    assert.deepEqual(sizes, [4, 4, 2])
  })
})

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

describe('a manifest', () => {
  const manifest: Manifest = {
    product: '0.1.0',
    asOf: '2026-11-30T02:00:00.000Z',
    sources: [{ id: 'abcdef01-0', lane: 'events', partition: 0, startOffset: 1, endOffset: 7 }],
    files: [{ path: 'log/00000000.zst', bytes: 3, sha256: 'ab'.repeat(32), modifiedMs: 5 }],
  }
  const text = manifestText(manifest)

  test('is read as it was written', () => {
    assert.deepEqual(parseManifest(text), manifest)
  })

  test('is refused if it was changed, is of a newer version, or is something else', () => {
    const refusals: [string, RegExp][] = [
      [text.replace('"endOffset": 7', '"endOffset": 8'), /does not match its checksum/],
      [
        text.replace('"format": 1', '"format": 3'),
        /newer version \(format 3, this one knows up to 2\): upgrade/,
      ],
      [text.replace('"format": 1', '"format": 0'), /has the unknown format 0/],
      [text.replace('"format": 1', '"format": 2'), /is not what its format 2 says/],
      [text.slice(0, -3), /is not the manifest/],
      ['[]', /is not the manifest/],
      [manifestText({ ...manifest, files: [{ ...manifest.files[0]!, path: '../x' }] }), /which files/],
    ]
    for (const [given, message] of refusals) assert.throws(() => parseManifest(given), { message })
  })
})
