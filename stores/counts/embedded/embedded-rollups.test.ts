import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EMPTY } from '../../../model/total.ts'
import { failNextWrite } from '../../../testing/failing-write.ts'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'
import { DataDirectoryError } from '../../disk/data-directory.ts'
import { LevelDatabase } from '../../disk/level-database.ts'
import { DAY, VIEWS } from '../counts-contract.ts'
import { JOURNAL_NOW_MS, journalContract } from '../journal-contract.ts'
import { rollupsContract } from '../rollups-contract.ts'
import { loadEmbeddedStores, openEmbeddedStores } from './embedded-stores.ts'

async function openStores() {
  const directory = await temporaryDirectory()
  const stores = await openEmbeddedStores({ directory: directory.path })
  const close = async () => {
    await stores.close()
    await directory[Symbol.asyncDispose]()
  }
  return { ...stores, close }
}

rollupsContract('The embedded rollups', openStores)
journalContract('The embedded journal', openStores)

const RETENTION = { minutesMs: 14 * 86_400_000, hoursMs: 400 * 86_400_000 }
const ROW = { bucket: { ...VIEWS, minute: DAY }, total: { ...EMPTY, count: 3, upTo: 5 } }
const HOUR = { series: VIEWS, start: DAY, aggregate: { ...EMPTY, count: 4 } }
const RECONCILED = { version: 2, toMinute: DAY, exceptHours: [DAY - 60] }

describe('The embedded stores', () => {
  it('share a database, and are all there again after closing', async () => {
    await using directory = await temporaryDirectory()
    const stores = await openEmbeddedStores({ directory: directory.path })
    const entry = { atMs: 5, key: 'a', body: { ok: true } }
    await Promise.all([
      stores.counts.write('a-0', [ROW]),
      stores.rollups.writeRollups('hour', 1, [HOUR]),
      stores.rollups.writeReconciled(RECONCILED),
      stores.journal.append('weak-audit', entry),
    ])
    await stores.close()
    const { counts, rollups, journal, close } = await openEmbeddedStores({ directory: directory.path })
    const range = { resolution: 'hour', from: DAY, to: DAY + 60 } as const
    assert.equal((await counts.read(VIEWS, range)).periods[0]?.aggregate.count, 3)
    assert.equal((await rollups.readRollups(VIEWS, range)).periods[0]?.aggregate.count, 4)
    assert.deepEqual(rollups.reconciled, RECONCILED)
    assert.deepEqual(await journal.find('weak-audit', 'a'), entry)
    await close()
  })

  it('all know what is on disk after a failed write of one of them', async () => {
    await using directory = await temporaryDirectory()
    const database = await LevelDatabase.open(directory.path, () => [])
    const { counts, rollups, close } = await loadEmbeddedStores(database)
    await counts.write('a-0', [ROW])
    failNextWrite(database, (write) => write())
    await assert.rejects(rollups.writeReconciled(RECONCILED), { code: 'unavailable' })
    assert.equal(rollups.reconciled, null)
    await counts.write('a-0', [ROW])
    assert.deepEqual(rollups.reconciled, RECONCILED)
    assert.equal((await counts.hydrate('a-0', [ROW.bucket]))[0]?.count, 3)
    await close()
  })

  it('refuse writes once they are closed', async () => {
    const { rollups, journal, close } = await openStores()
    await close()
    const refused = (error: unknown) => error instanceof DataDirectoryError && error.code === 'unavailable'
    await assert.rejects(rollups.writeReconciled(RECONCILED), refused)
    await assert.rejects(journal.append('alerts', { atMs: 1, key: 'a', body: null }), refused)
  })

  it('let go of entries of the journal that are older than their book keeps', async () => {
    const { journal, sweep, close } = await openStores()
    const daysAgo = (days: number, key: string) => {
      return { atMs: JOURNAL_NOW_MS - days * 86_400_000, key, body: null }
    }
    for (const book of ['weak-audit', 'privacy'] as const) {
      await journal.append(book, daysAgo(15, 'old'))
      await journal.append(book, daysAgo(15, 'renewed'))
      await journal.append(book, daysAgo(13, 'renewed'))
    }
    await sweep(JOURNAL_NOW_MS, RETENTION)
    assert.deepEqual(await journal.latest('weak-audit', 10), [daysAgo(13, 'renewed')])
    assert.equal(await journal.find('weak-audit', 'old'), null)
    assert.deepEqual(await journal.find('weak-audit', 'renewed'), daysAgo(13, 'renewed'))
    assert.equal((await journal.latest('privacy', 10)).length, 3)
    await close()
  })
})
