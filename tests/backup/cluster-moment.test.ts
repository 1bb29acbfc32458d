// What a backup of separate services takes of acts that happen meanwhile, and when it fails rather than keep a part.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { letterId } from '../../services/partitioner/dead-letters/letter.ts'
import type { Book } from '../../stores/counts/journal.ts'
import { growTopics } from '../../stores/log/kafka/create-topics.ts'
import { BATCH_SETTINGS } from '../../testing/batch-world.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import type { CopiedCluster } from '../../tools/backup/cluster/cluster.ts'
import type { JournalRow, LetterRow } from '../../tools/backup/cluster/contents.ts'
import { backUpCluster } from '../../tools/backup/cluster/run-cluster.ts'
import { openBackup } from '../../tools/restore/cluster/backup.ts'
import { copiedCluster, QUIET } from './cluster-commands.ts'
import { begun, type Life, PREFIX } from './cluster-world.ts'

const BEGIN = Date.UTC(2026, 10, 20, 3, 20)

/** A cluster that has counted some hours. */
async function lived(directory: string): Promise<Life> {
  const { life } = await begun(BEGIN, directory, 20)
  await life.work()
  return life
}

type Disturb = (life: Life) => Promise<unknown>

/** `during` happens once, when the first file of the archive is copied. */
async function backUp(directory: string, life: Life, during: Disturb, change: Partial<CopiedCluster> = {}) {
  const cluster = await copiedCluster(life)
  let isFirst = true
  const open: CopiedCluster['objects']['open'] = async (key) => {
    if (isFirst) {
      isFirst = false
      await during(life)
    }
    return life.objects.open(key)
  }
  const objects = {
    open,
    list: (prefix: string) => life.objects.list(prefix),
    read: (key: string) => life.objects.read(key),
  }
  const out = join(directory, 'backup')
  await mkdir(out)
  await backUpCluster({ ...cluster, objects, ...change }, out, life.clock, QUIET)
  return openBackup(out)
}

async function journalOf(backup: Awaited<ReturnType<typeof backUp>>, book: Book) {
  const rows = (await Array.fromAsync(backup.rows<JournalRow>('journal'))).flat()
  return rows.filter((row) => row.book === book)
}

const ACT = { act: 'remove-video', tenant: '', subject: 'v1', by: null, beforeMinute: 1, events: 0 }
const HALF = { ...ACT, doneMs: null, titleRemoved: true, rewritten: true, ends: { 'aa000000-0': 1 } }
const DONE = { ...HALF, doneMs: 5 }

test('rows of an import that may not be in the copy of the archive are sent again', async () => {
  await using directory = await temporaryDirectory()
  const life = await lived(directory.path)
  const note = (atMs: number, nextRow: number) =>
    life.journal.append('imports', { atMs, key: 'file', body: { id: 'file', nextRow } })
  await note(1, 100)
  const backup = await backUp(directory.path, life, () => note(2, 200))
  assert.deepEqual(await journalOf(backup, 'imports'), [
    { book: 'imports', atMs: 1, key: 'file', body: { id: 'file', nextRow: 100 } },
  ])
})

test('acts of privacy that come or go on meanwhile are all there, to be carried out anew', async () => {
  await using directory = await temporaryDirectory()
  const life = await lived(directory.path)
  const note = (atMs: number, id: string, body: object) =>
    life.journal.append('privacy', { atMs, key: id, body: { id, askedMs: atMs, ...body } })
  await note(1, 'done', DONE)
  await note(2, 'half', HALF)
  const backup = await backUp(directory.path, life, async () => {
    await note(2, 'half', DONE)
    await note(3, 'later', DONE)
  })
  const anew = { doneMs: null, rewritten: false, ends: null }
  assert.deepEqual(
    (await journalOf(backup, 'privacy')).map(({ body }) => body),
    [
      { id: 'later', askedMs: 3, ...DONE, ...anew, titleRemoved: false },
      { id: 'half', askedMs: 2, ...HALF, ...anew },
      { id: 'done', askedMs: 1, ...DONE },
    ],
  )
})

test('a dead letter that is replayed meanwhile is open: its events may not be there', async () => {
  await using directory = await temporaryDirectory()
  const life = await lived(directory.path)
  const log = await life.log()
  for (let i = 0; i < 2; i++) await log.append('events-dead', 0, Uint8Array.of(i))
  const [source] = await log.sources('events-dead')
  const replayed = { act: 'replayed', by: null, identity: 'one' }
  const replay = (offset: number) =>
    life.journal.append('dead-letters', {
      ...{ atMs: 10 + offset, body: replayed },
      key: letterId({ sourceId: source!.id, offset }),
    })
  await replay(0)
  const backup = await backUp(directory.path, life, () => replay(1))
  const letters = (await Array.fromAsync(backup.rows<LetterRow>('letters'))).flat()
  assert.deepEqual(
    letters.map(({ act }) => act?.body),
    [replayed, { act: 'replay-begun', by: null, identity: 'one' }],
  )
})

const nothing = async () => {}

test('a dead lane that hides what it said to hold is a fault', async () => {
  await using directory = await temporaryDirectory()
  const life = await lived(directory.path)
  const log = await life.log()
  await log.append('events-dead', 0, Uint8Array.of(1))
  const cluster = await copiedCluster(life)
  const hiding: CopiedCluster['log'] = {
    ...cluster.log,
    read: async (source, ...rest) => ({ ...(await cluster.log.read(source, ...rest)), records: [] }),
  }
  await assert.rejects(backUp(directory.path, life, nothing, { log: hiding }), {
    code: 'unavailable',
    message: /does not show all that it said to hold/,
  })
})

test('letters that retention removes meanwhile are left out, and the others are there', async () => {
  await using directory = await temporaryDirectory()
  const life = await lived(directory.path)
  const log = await life.log()
  for (let i = 0; i < 3; i++) await log.append('events-dead', 0, Uint8Array.of(i))
  const cluster = await copiedCluster(life)
  let looks = 0
  const trimmed: CopiedCluster['log'] = {
    ...cluster.log,
    async bounds(source) {
      const bounds = await cluster.log.bounds(source)
      const isLater = source.lane === 'events-dead' && looks++ > 0
      return isLater ? { ...bounds, startOffset: 2 } : bounds
    },
  }
  const backup = await backUp(directory.path, life, nothing, { log: trimmed })
  const letters = (await Array.fromAsync(backup.rows<LetterRow>('letters'))).flat()
  assert.deepEqual(
    letters.map(({ bytes }) => bytes),
    [Buffer.of(2).toString('base64')],
  )
})

test('there is no backup while an open hour has damaged raw events, because its counts are not final', async () => {
  await using directory = await temporaryDirectory()
  const life = await lived(directory.path)
  const raw = (await life.objects.list('date=')).at(-1)!
  await life.objects.write(raw.key, Buffer.from('something else'))
  await assert.rejects(
    backUp(directory.path, life, nothing),
    /lacks raw events of the hour from 2026-11-20T08:00:00Z on, .* Back up again after 2026-11-20T09:/,
  )
})

test('nor while the archive has a gap in an open hour', async () => {
  await using directory = await temporaryDirectory()
  const life = await lived(directory.path)
  const [[id, checkpoint]] = Array.from(await life.archive.checkpoints()) as [[string, never]]
  const missingBeforeMs = life.clock.nowMs() - BATCH_SETTINGS.aheadMs
  await life.archive.writeCheckpoint(id, { ...(checkpoint as object), missingBeforeMs } as never)
  await assert.rejects(backUp(directory.path, life, nothing), /lacks raw events of the hour from/)
})

test('nor where a broker is behind and does not show all partitions', async () => {
  await using directory = await temporaryDirectory()
  const life = await lived(directory.path)
  const cluster = await copiedCluster(life)
  const sources: CopiedCluster['log']['sources'] = async (lane) =>
    (await cluster.log.sources(lane)).slice(0, 1)
  await assert.rejects(
    backUp(directory.path, life, nothing, { log: { ...cluster.log, sources } }),
    /Kafka does not show partition 1 of events yet/,
  )
})

test('nor where the log grows, or the counts are lost, meanwhile', async () => {
  await using directory = await temporaryDirectory()
  const life = await lived(directory.path)
  const { client, clock } = life
  await assert.rejects(
    backUp(directory.path, life, () => growTopics({ client, clock, prefix: PREFIX }, 7)),
    /the log has grown, meanwhile: back up again/,
  )
  await using another = await temporaryDirectory()
  const begun = { version: 1, begunMs: 1, fromMinute: 0, viewersTo: 0, isPrepared: true, isDone: false }
  await assert.rejects(
    backUp(another.path, await lived(another.path), async (one) => {
      one.noted = begun
    }),
    /are being counted again/,
  )
})
