import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseStat, readRecord, stateOf, statOf, writeRecord } from './process-record.ts'

test('a program name may hold anything', () => {
  const rest = Array.from({ length: 30 }, (_, index) => index + 4).join(' ')
  assert.deepEqual(parseStat(`42 (a) S 1 (b)) T ${rest}`), { state: 'T', startTicks: 22 })
})

test('a process is known by its id and its start together', async () => {
  const { startTicks } = (await statOf(process.pid))!
  const record = { pid: process.pid, startTicks, size: 1 }
  assert.match((await stateOf(record))!, /[RS]/)
  assert.equal(await stateOf({ ...record, startTicks: startTicks - 1 }), null, 'the id is used again')
})

test('a process that has ended is gone, though its record stays', async () => {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  await once(child, 'spawn')
  const record = { pid: child.pid!, startTicks: (await statOf(child.pid!))!.startTicks, size: 1 }
  child.kill('SIGKILL')
  await once(child, 'exit')
  assert.equal(await stateOf(record), null)
})

test('a record is read as it was written; what is no record is none', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tally-record-'))
  try {
    const path = join(directory, 'run', 'process.json')
    assert.equal(await readRecord(path), null)
    const record = { pid: 7, startTicks: 9, size: 3 }
    await writeRecord(path, record)
    assert.deepEqual(await readRecord(path), record)
    for (const text of ['', '{', '7', 'null', '{"pid":"7","startTicks":9,"size":3}']) {
      await writeFile(path, text)
      assert.equal(await readRecord(path), null, text)
    }
  } finally {
    await rm(directory, { recursive: true })
  }
})
