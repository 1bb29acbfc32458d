// The spool across restarts, with failing disks, and with damage.
import assert from 'node:assert/strict'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { failNextWrite } from '../../../testing/failing-write.ts'
import { AWAY, SILENT, SpoolFixture, WORKING } from '../../../testing/spool-fixture.ts'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'
import { DataDirectoryError } from '../../disk/data-directory.ts'
import { LevelDatabase, type Operation } from '../../disk/level-database.ts'
import { endKey, IDENTITY_KEY, recordKey } from '../embedded/records.ts'
import { LogError, type LogErrorCode } from '../log.ts'
import { SPOOLED_OFFSET, type SpooledLog } from './spooled-log.ts'

function append(spooled: SpooledLog, text: string, partition = 0): Promise<{ offset: number }> {
  return spooled.append('events', partition, Buffer.from(text))
}

async function rejects(code: LogErrorCode, act: () => Promise<unknown>, message = /./): Promise<void> {
  await assert.rejects(act, (error) => {
    assert.ok(error instanceof LogError, String(error))
    assert.equal(error.code, code)
    assert.match(error.message, message)
    return true
  })
}

const isEmpty = (spooled: SpooledLog) => () => spooled.state().records === 0

/** A fixture whose spool was closed with records in it. */
async function leftBehind(directory: string): Promise<SpoolFixture> {
  const fixture = new SpoolFixture(directory)
  fixture.behaviour = AWAY
  const spooled = await fixture.open()
  await append(spooled, 'd', 2)
  for (const text of ['a', 'b', 'c']) await append(spooled, text)
  await append(spooled, 'e', 1)
  await spooled.close()
  return fixture
}

describe('The spool, opened again', () => {
  it('hands on what it held when it was closed, in every partition', async () => {
    await using directory = await temporaryDirectory()
    const fixture = await leftBehind(directory.path)
    const spooled = await fixture.open()
    const { records, bytes } = spooled.state()
    assert.deepEqual({ records, bytes }, { records: 5, bytes: 5 * 65 })
    fixture.behaviour = WORKING
    await fixture.until(isEmpty(spooled))
    assert.deepEqual(await fixture.allTexts(), ['a', 'b', 'c', 'e', 'd'])
    await spooled.close()
    const emptied = await fixture.open()
    assert.equal(emptied.state().records, 0)
    assert.deepEqual(await append(emptied, 'f'), { offset: 3 })
    await emptied.close()
  })

  it('learns from the records in it that the log is still away, and that it is not', async () => {
    await using directory = await temporaryDirectory()
    const fixture = await leftBehind(directory.path)
    const spooled = await fixture.open()
    await fixture.until(() => spooled.state().awayPartitions === 3)
    assert.deepEqual(await append(spooled, 'f'), { offset: SPOOLED_OFFSET })
    fixture.behaviour = () => Promise.reject(new LogError('unknown_partition', 'The log was made anew.'))
    await fixture.until(() => spooled.state().awayPartitions === 0)
    await rejects('unknown_partition', () => append(spooled, 'g'))
    assert.equal(spooled.state().records, 6)
    await spooled.close()
  })

  it('closes at once while the log does not answer, and sends the rest later', async () => {
    await using directory = await temporaryDirectory()
    const fixture = new SpoolFixture(directory.path)
    const spooled = await fixture.open()
    fixture.behaviour = SILENT
    await fixture.whileWaiting(append(spooled, 'a'))
    await fixture.until(() => fixture.asked === 2)
    await spooled.close()
    await rejects('closed', () => append(spooled, 'b'))
    fixture.behaviour = WORKING
    const reopened = await fixture.open()
    await fixture.until(isEmpty(reopened))
    assert.deepEqual(await fixture.texts(0), ['a'])
    await reopened.close()
  })

  it('acknowledges nothing that it was still waiting for when it closed', async () => {
    await using directory = await temporaryDirectory()
    const fixture = new SpoolFixture(directory.path)
    const spooled = await fixture.open()
    fixture.behaviour = SILENT
    const appending = append(spooled, 'a')
    await spooled.close()
    await rejects('closed', () => fixture.whileWaiting(appending))
  })

  it('is refused to a second process', async () => {
    await using directory = await temporaryDirectory()
    const fixture = new SpoolFixture(directory.path)
    const spooled = await fixture.open()
    const opening = new SpoolFixture(directory.path).open()
    await assert.rejects(opening, (error) => {
      assert.ok(error instanceof DataDirectoryError && error.code === 'locked', String(error))
      assert.match(error.message, /Another process uses the directory/)
      return true
    })
    await spooled.close()
  })
})

describe('A disk that fails the spool', () => {
  const fates: Record<string, (write: () => Promise<void>) => Promise<void>> = {
    'left nothing behind': async () => {},
    'was written all the same': (write) => write(),
  }
  for (const [fate, take] of Object.entries(fates)) {
    it(`is told to the sender, and the spool goes on after it, where the write ${fate}`, async () => {
      await using directory = await temporaryDirectory()
      const fixture = new SpoolFixture(directory.path)
      const { spooled, database } = await fixture.openOnDatabase()
      fixture.behaviour = AWAY
      await append(spooled, 'a')
      for (const text of ['b', 'c']) {
        failNextWrite(database, take)
        await rejects('unavailable', () => append(spooled, text), /No space left/)
      }
      assert.equal(spooled.state().refused, 2)
      await append(spooled, 'd')
      const expected = fate === 'left nothing behind' ? ['a', 'd'] : ['a', 'b', 'c', 'd']
      assert.equal(spooled.state().records, expected.length)
      fixture.behaviour = WORKING
      await fixture.until(isEmpty(spooled))
      assert.deepEqual(await fixture.texts(0), expected)
      await spooled.close()
    })

    it(`does not make the drain send again, where a removal ${fate}`, async () => {
      await using directory = await temporaryDirectory()
      const fixture = await leftBehind(directory.path)
      const { spooled, database } = await fixture.openOnDatabase()
      failNextWrite(database, take)
      fixture.behaviour = WORKING
      await fixture.until(isEmpty(spooled))
      assert.deepEqual(await fixture.allTexts(), ['a', 'b', 'c', 'e', 'd'])
      await spooled.close()
    })
  }
})

describe('A damaged spool', () => {
  const change = async (directory: string, operation: Operation) => {
    const database = await LevelDatabase.open(directory, () => [])
    await database.write([operation])
    await database.close()
  }
  const garbage = new Uint8Array(40).fill(7)

  const harms: Record<string, (directory: string) => Promise<void>> = {
    'that lost CURRENT': (directory) => rm(join(directory, 'CURRENT')),
    'that lost its sorted files': async (directory) => {
      const files = (await readdir(directory)).filter((name) => /\.ldb$/.test(name))
      for (const name of files) await rm(join(directory, name))
    },
    'that lost its identity': (directory) => change(directory, { type: 'del', key: IDENTITY_KEY }),
    'that lost an end': (directory) => change(directory, { type: 'del', key: endKey('events', 0) }),
    'with a garbled end': (directory) =>
      change(directory, { type: 'put', key: endKey('events', 0), value: garbage }),
    'that lost its first record': (directory) =>
      change(directory, { type: 'del', key: recordKey('events', 0, 0) }),
    'that lost its last record': (directory) =>
      change(directory, { type: 'del', key: recordKey('events', 2, 0) }),
  }
  for (const [how, harm] of Object.entries(harms)) {
    it(`${how} is named when it is opened, every time`, async () => {
      await using directory = await temporaryDirectory()
      const fixture = await leftBehind(directory.path)
      await harm(directory.path)
      for (const _ of [1, 2]) await rejects('corrupt', () => fixture.open(), /is damaged: restore it/)
    })
  }

  it('with a garbled record between others names it to each attempt, and hands on what it can', async () => {
    await using directory = await temporaryDirectory()
    const faults: unknown[] = []
    await leftBehind(directory.path)
    await change(directory.path, { type: 'put', key: recordKey('events', 0, 1), value: garbage })
    const onRetry = (_source: unknown, _attempt: number, error: unknown) => faults.push(error)
    const fixture = new SpoolFixture(directory.path, { onRetry })
    const spooled = await fixture.open()
    await fixture.until(() => faults.length >= 3 && spooled.state().drained === 3)
    assert.deepEqual(await fixture.allTexts(), ['a', 'e', 'd'])
    await rejects('corrupt', () => Promise.reject(faults.at(-1)), /record at offset 1 has a wrong checksum/)
    fixture.behaviour = AWAY
    assert.deepEqual(await append(spooled, 'f'), { offset: SPOOLED_OFFSET })
    fixture.behaviour = WORKING
    await fixture.until(() => spooled.state().awayPartitions === 0)
    assert.deepEqual(await append(spooled, 'g'), { offset: 1 })
    await spooled.close()
  })
})
