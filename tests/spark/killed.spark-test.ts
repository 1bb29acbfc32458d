// Spark killed while it counts, and who started it killed: nothing of it is believed, nothing is left, and the next
// recount is right.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { storedIn } from '../../stores/archive/recount-contract.ts'
import { arbitraryArchive } from '../../testing/arbitrary-archive.ts'
import { archiveDirectory } from '../../testing/archive-directory.ts'
import { readRecount } from '../../testing/archive-fixture.ts'
import { processesNaming } from './processes.ts'
import { engineOf, QUESTION, resultsIn, until } from './spark-fixture.ts'

const SEED = 11
const EVENTS_PER_SOURCE = 1_000
const COUNTING = fileURLToPath(new URL('count-until-killed.ts', import.meta.url))

/** It has begun to write its result, and has not come to its end. */
async function isWriting(directory: string): Promise<boolean> {
  const [result] = await resultsIn(directory)
  if (result === undefined) return false
  const names: string[] = await readdir(join(directory, 'recounts', result)).catch(() => [])
  return names.includes('_temporary')
}

/** One of them may end before it is its turn, because another one did. */
function killAll(processes: readonly number[]): void {
  for (const pid of processes) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

it('fails where Spark is killed while it writes, leaves nothing, and counts the next time', async () => {
  await using directory = await archiveDirectory({ engineOf: (path) => engineOf(path) })
  const { archive, path } = directory
  const reference = await storedIn(directory.archive, arbitraryArchive(SEED, EVENTS_PER_SOURCE))
  const failing = assert.rejects(readRecount(archive, QUESTION), {
    code: 'spark_failed',
    message: /^Spark failed \(SIGKILL\)/,
  })
  await until('Spark writes', () => isWriting(path))
  const [result] = await resultsIn(path)
  const processes = await processesNaming(result!)
  assert.ok(processes.length >= 1)
  killAll(processes)
  await failing
  assert.deepEqual(await resultsIn(path), [])
  assert.deepEqual(await directory.drafts(), [])
  await until('all of it has ended', async () => (await processesNaming(result!)).length === 0)
  assert.deepEqual(await readRecount(archive, QUESTION), await readRecount(reference, QUESTION))
  assert.deepEqual(await resultsIn(path), [])
})

it('ends where it takes too long, and where it is aborted', async () => {
  await using directory = await archiveDirectory({
    engineOf: (path) => engineOf(path, { spark: { timeoutMs: 2_000 } }),
  })
  await storedIn(directory.archive, arbitraryArchive(SEED, 10))
  await assert.rejects(readRecount(directory.archive, QUESTION), {
    code: 'spark_too_slow',
    message: /^Spark took longer than 2 s: /,
  })
  assert.deepEqual(await processesNaming(dirname(directory.path)), [])
  const stopping = new AbortController()
  const reason = new Error('the process stops')
  const { buckets } = await directory.archive.recount(QUESTION, stopping.signal)
  const reading = assert.rejects(buckets[Symbol.asyncIterator]().next(), reason)
  await until('Spark starts', async () => (await processesNaming(dirname(directory.path))).length > 0)
  stopping.abort(reason)
  await reading
  assert.deepEqual(await processesNaming(dirname(directory.path)), [])
  assert.deepEqual(await resultsIn(directory.path), [])
})

it('ends soon after who started it was killed, and what it left is neither read nor kept', async () => {
  await using directory = await archiveDirectory()
  const { path } = directory
  const reference = await storedIn(directory.archive, arbitraryArchive(SEED, EVENTS_PER_SOURCE))
  const child = spawn(process.execPath, [COUNTING, path], { stdio: 'inherit' })
  await until('Spark writes', () => isWriting(path))
  const [result] = await resultsIn(path)
  child.kill('SIGKILL')
  await once(child, 'exit')
  await until('Spark has ended', async () => (await processesNaming(result!)).length === 0)
  assert.deepEqual(await resultsIn(path), [result])

  await using next = await archiveDirectory({
    engineOf: () => engineOf(path),
    wrap: () => directory.objects,
  })
  assert.deepEqual(await readRecount(next.archive, QUESTION), await readRecount(reference, QUESTION))
  assert.deepEqual(await resultsIn(path), [result]) // not old enough
})
