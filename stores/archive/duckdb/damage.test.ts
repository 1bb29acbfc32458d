// What the archive does where files are damaged, vanish, or cannot be written.
import assert from 'node:assert/strict'
import { readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  type ArchiveDirectory,
  archiveDirectory,
  failingObjects,
} from '../../../testing/archive-directory.ts'
import {
  atMinute,
  batchOf,
  countsOf,
  DAY,
  questionOf,
  readRecount,
  viewerSha256,
} from '../../../testing/archive-fixture.ts'
import type { Archive } from '../archive.ts'

const HOURS = [DAY, DAY + 60]
const NEVER = { in: -1 }

/** Three files: of the first hour, of the second, and of both. */
async function storeSome(archive: Archive) {
  for (const [i, minute] of [DAY, DAY + 60].entries()) {
    const events = [0, 1].map((index) => atMinute(minute, { id: `e${i}-${index}`, offset: i, index }))
    await archive.store(batchOf('a-0', 'events', events))
  }
  const old = [DAY + 1, DAY + 61].map((minute, index) => atMinute(minute, { id: 'old', offset: 0, index }))
  await archive.store(batchOf('file', 'import', old))
}

const ALL = ['v1 view 0: 2/2', 'v1 view 1: 1/0', 'v1 view 60: 2/2', 'v1 view 61: 1/0']

const damages: Record<string, (path: string) => Promise<void>> = {
  'is empty': (path) => truncate(path, 0),
  'is torn': async (path) => truncate(path, (await readFile(path)).length - 10),
  'is half-written': async (path) => {
    const bytes = await readFile(path)
    await writeFile(path, bytes.fill(0, bytes.length / 2))
  },
  'has one bit flipped': async (path) => {
    const bytes = await readFile(path)
    bytes[40]! ^= 4
    await writeFile(path, bytes)
  },
  'is no Parquet': (path) => writeFile(path, 'id,videoId\n1,2\n'),
}

for (const [title, damage] of Object.entries(damages)) {
  test(`a file that ${title} is set aside, said to be missing, and the rest is counted`, async () => {
    await using directory = await archiveDirectory()
    const { archive, objects, path } = directory
    await storeSome(archive)
    const [first] = await directory.rawKeys()
    await damage(join(path, first!))
    for (const _ of ['the first time', 'and again']) {
      const { buckets, unreadable } = await readRecount(archive, questionOf(HOURS))
      assert.equal(buckets.length, 3)
      assert.deepEqual(
        unreadable.map(({ hour, name }) => [hour, name]),
        [[DAY, first]],
      )
      assert.match(unreadable[0]!.reason, /empty|checksum/)
    }
    assert.deepEqual((await readRecount(archive, questionOf([DAY + 60]))).unreadable, [])
    assert.equal((await archive.unreadable()).length, 1)
    const aside = (await objects.list('unreadable/')).map(({ key }) => key)
    assert.deepEqual(aside, [`unreadable/${first}`, `unreadable/${first}.json`])
  })
}

test('a file that is gone is said to be missing, and the rest is counted, until it is back', async () => {
  await using directory = await archiveDirectory()
  const { archive, path } = directory
  await storeSome(archive)
  const [first] = await directory.rawKeys()
  const before = await archive.holdings()
  const bytes = await readFile(join(path, first!))
  await rm(join(path, first!))
  const { buckets, unreadable } = await readRecount(archive, questionOf(HOURS))
  assert.equal(buckets.length, 3)
  assert.deepEqual(unreadable, [{ hour: DAY, name: first, reason: 'The file is gone.' }])
  assert.deepEqual(await archive.unreadable(), unreadable)
  const after = await archive.holdings()
  assert.deepEqual([after[0]!.hour, after[1]!.mark], [DAY, before[1]!.mark])
  assert.notEqual(after[0]!.mark, before[0]!.mark)
  await archive.compact(DAY + 1_440)
  assert.deepEqual(await archive.unreadable(), unreadable, 'merging the others does not forget it')
  await writeFile(join(path, first!), bytes)
  assert.deepEqual(await archive.unreadable(), [])
  assert.deepEqual(await countsOf(archive, questionOf(HOURS)), ALL)
})

test('an hour of which all files are gone is held until it is purged', async () => {
  await using directory = await archiveDirectory()
  const { archive, path, objects } = directory
  await archive.store(batchOf('a-0', 'events', [atMinute(DAY)]))
  await rm(join(path, (await directory.rawKeys())[0]!))
  assert.deepEqual(
    (await archive.holdings()).map(({ hour }) => hour),
    [DAY],
  )
  assert.equal((await readRecount(archive, questionOf([DAY]))).unreadable.length, 1)
  await archive.purge([DAY])
  assert.deepEqual([await archive.holdings(), await objects.list('manifest/')], [[], []])
})

test('files of a release that listed none are listed when files are merged', async () => {
  await using directory = await archiveDirectory()
  const { archive, path, objects } = directory
  await storeSome(archive)
  await rm(join(path, 'manifest'), { recursive: true })
  assert.deepEqual(await archive.unreadable(), [])
  await archive.compact(DAY)
  assert.equal((await objects.list('manifest/')).length, 3)
})

test('a file that others put there is set aside, whichever columns it has', async () => {
  await using directory = await archiveDirectory()
  const { archive, path } = directory
  await storeSome(archive)
  const [first] = await directory.rawKeys()
  const folder = join(path, first!, '..')
  await writeFile(join(folder, 'foreign.parquet'), await readFile(join(path, first!)))
  await writeFile(join(folder, 'notes.txt'), 'not a raw file')
  const { unreadable } = await readRecount(archive, questionOf(HOURS))
  assert.deepEqual(
    unreadable.map(({ name, reason }) => [name.split('/').at(-1), reason]),
    [['foreign.parquet', 'Its name was not given by the archive.']],
  )
  assert.deepEqual(await countsOf(archive, questionOf(HOURS)), ALL)
})

test('an hour whose files are all damaged is still held, under another mark', async () => {
  await using directory = await archiveDirectory()
  const { archive, path } = directory
  await archive.store(batchOf('a-0', 'events', [atMinute(DAY)]))
  const [before] = await archive.holdings()
  const [key] = await directory.rawKeys()
  await truncate(join(path, key!), 5)
  assert.deepEqual(await countsOf(archive, questionOf([DAY])), [])
  const held = await archive.holdings()
  assert.deepEqual(
    held.map(({ hour }) => hour),
    [DAY],
  )
  assert.notEqual(held[0]!.mark, before!.mark)
  await archive.purge([DAY])
  assert.deepEqual(await archive.holdings(), [])
  assert.deepEqual(await archive.unreadable(), [])
})

test('a damaged file of a day is missing in each of its hours', async () => {
  await using directory = await archiveDirectory()
  const { archive, path } = directory
  await storeSome(archive)
  const key = (await directory.rawKeys()).find((one) => one.includes('hour=all'))!
  await truncate(join(path, key), 100)
  const { unreadable } = await readRecount(archive, questionOf([DAY + 60]))
  assert.deepEqual(
    unreadable.map(({ hour }) => hour),
    [DAY + 60],
  )
  assert.deepEqual(
    (await archive.unreadable()).map(({ hour }) => hour),
    HOURS,
  )
})

test('what is stored again is no longer missing, also once it is merged', async () => {
  await using directory = await archiveDirectory()
  const { archive, path } = directory
  await storeSome(archive)
  const [first] = await directory.rawKeys()
  await truncate(join(path, first!), 10)
  await countsOf(archive, questionOf(HOURS))
  await storeSome(archive)
  assert.deepEqual(await archive.unreadable(), [])
  assert.deepEqual(await countsOf(archive, questionOf(HOURS)), ALL)
  await archive.compact(DAY + 1_440)
  assert.deepEqual(await archive.unreadable(), [])
  assert.deepEqual(await countsOf(archive, questionOf(HOURS)), ALL)
})

test('merging and looking for rows go round a damaged file', async () => {
  await using directory = await archiveDirectory()
  const { archive, path } = directory
  await storeSome(archive)
  const [first] = await directory.rawKeys()
  await writeFile(join(path, first!), 'no Parquet')
  assert.equal(await archive.forgetViewer('', viewerSha256('nobody')), 0)
  assert.equal((await archive.unreadable()).length, 1)
  await storeSome(archive)
  await truncate(join(path, first!), 50)
  assert.deepEqual(await archive.compact(DAY + 1_440), { files: 2, into: 1 })
  assert.deepEqual(await countsOf(archive, questionOf(HOURS)), ALL.slice(1))
})

test('files that are merged while they are counted are counted once', async () => {
  let other: ArchiveDirectory | null = null
  let opens = 0
  await using directory = await archiveDirectory({
    wrap: (objects) => ({
      ...failingObjects(objects, NEVER),
      open: async (key) => {
        if (opens++ === 1) await other?.archive.compact(DAY + 1_440)
        return objects.open(key)
      },
    }),
  })
  await storeSome(directory.archive)
  other = await archiveDirectory({ wrap: () => directory.objects })
  assert.deepEqual(await countsOf(directory.archive, questionOf(HOURS)), ALL)
  assert.equal((await directory.rawKeys()).length, 1)
  assert.ok(opens > 3)
  await other[Symbol.asyncDispose]()
})

test('a file that is purged while it is opened is nothing to count', async () => {
  await using directory = await archiveDirectory({
    wrap: (objects) => ({
      ...failingObjects(objects, NEVER),
      open: async (key) => {
        await objects.remove([`manifest/${key}.listed`, key])
        return objects.open(key)
      },
    }),
  })
  await directory.archive.store(batchOf('a-0', 'events', [atMinute(DAY)]))
  const { buckets, unreadable } = await readRecount(directory.archive, questionOf([DAY]))
  assert.deepEqual([buckets, unreadable], [[], []])
})

test('a recount that is refused its files forever says so', async () => {
  await using directory = await archiveDirectory({
    wrap: (objects) => ({
      ...failingObjects(objects, NEVER),
      open: () => Promise.reject(new Error('The store is away')),
    }),
  })
  await storeSome(directory.archive)
  await assert.rejects(countsOf(directory.archive, questionOf(HOURS)), /The store is away/)
  assert.deepEqual(await directory.archive.unreadable(), [])
})

test('a store that fails harms nothing that was stored, and works when repeated', async () => {
  const failing = { ...NEVER }
  await using directory = await archiveDirectory({ wrap: (objects) => failingObjects(objects, failing) })
  const { archive } = directory
  await storeSome(archive)
  const next = batchOf(
    'b-0',
    'events',
    [DAY + 2, DAY + 62, DAY + 122].map((minute, offset) => atMinute(minute, { offset })),
  )
  failing.in = 1
  await assert.rejects(archive.store(next), /No space left/)
  assert.deepEqual(await directory.drafts(), [])
  const counts = await countsOf(archive, questionOf(HOURS))
  assert.deepEqual(
    counts.filter((line) => ALL.includes(line)),
    ALL,
  )
  await archive.store(next)
  assert.deepEqual(
    await countsOf(archive, questionOf([...HOURS, DAY + 120])),
    [...ALL, 'v1 view 122: 1/1', 'v1 view 2: 1/1', 'v1 view 62: 1/1'].sort(byMinute),
  )
})

test('merging, forgetting and removing may be killed at any point and repeated', async () => {
  for (let call = 0; call < 8; call++) {
    const failing = { ...NEVER }
    await using directory = await archiveDirectory({ wrap: (objects) => failingObjects(objects, failing) })
    const { archive } = directory
    await storeSome(archive)
    const extra = atMinute(DAY + 2, { id: 'x', offset: 0, videoId: 'v2', viewerId: 'u', logTimeMs: 0 })
    await archive.store(batchOf('c-0', 'events-late', [extra]))
    const all = [...ALL, 'v2 view 2: 1/0']
    failing.in = call
    const acts: (() => Promise<unknown>)[] = [
      () => archive.forgetViewer('', viewerSha256('u')),
      () => archive.compact(DAY + 1_440),
      () => archive.forgetViewer('', viewerSha256('u')),
    ]
    for (const act of acts) {
      await act().catch(({ message }) => assert.equal(message, 'No space left on device'))
      assert.deepEqual(await countsOf(archive, questionOf(HOURS)), all, `call ${call}`)
    }
    failing.in = -1
    await archive.compact(DAY + 1_440)
    assert.equal((await directory.rawKeys()).length, 1)
    assert.equal(await archive.forgetViewer('', viewerSha256('u')), 0)
    failing.in = call
    await archive
      .removeVideo('', 'v2', DAY + 1_440)
      .catch(({ message }) => assert.equal(message, 'No space left on device'))
    failing.in = -1
    await archive.removeVideo('', 'v2', DAY + 1_440)
    assert.deepEqual(await countsOf(archive, questionOf(HOURS)), ALL)
    assert.deepEqual(await directory.drafts(), [])
  }
})

test('merging does not bring back a viewer who was being forgotten', async () => {
  const failing = { ...NEVER }
  await using directory = await archiveDirectory({ wrap: (objects) => failingObjects(objects, failing) })
  const { archive } = directory
  await archive.store(batchOf('a-0', 'events', [atMinute(DAY, { viewerId: 'u' })]))
  failing.in = 1 // the new file is there, the old one is not removed
  await assert.rejects(archive.forgetViewer('', viewerSha256('u')), /No space left/)
  assert.equal((await directory.rawKeys()).length, 2)
  await archive.compact(DAY + 1_440)
  assert.equal((await directory.rawKeys()).length, 1)
  assert.equal(await archive.forgetViewer('', viewerSha256('u')), 0)
})

test('a damaged checkpoint is told, not taken for none', async () => {
  await using directory = await archiveDirectory()
  const { archive, path } = directory
  await archive.writeCheckpoint('a-0', { nextOffset: 90, logTimeMs: 5, missingBeforeMs: 0 })
  const file = join(path, 'checkpoints', 'a-0.json')
  const text = await readFile(file, 'utf8')
  for (const damaged of [text.replace('90', '91'), text.slice(0, 20), '']) {
    await writeFile(file, damaged)
    await assert.rejects(archive.readCheckpoint('a-0'), /checkpoints\/a-0\.json is damaged/)
    await assert.rejects(archive.checkpoints(), /damaged/)
  }
  await writeFile(join(path, 'checkpoints', 'b-0.json'), text)
  await assert.rejects(archive.readCheckpoint('b-0'), /damaged/)
})

/** As countsOf orders them. */
function byMinute(a: string, b: string): number {
  const minute = (line: string) => Number(/ (\d+):/.exec(line)![1])
  return minute(a) - minute(b)
}
