// One hour recounted by one reconciler alone, and by two that share it: the CPU time of each, with DuckDB and
// everything but the servers. Both must come to the same.
import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HOUR_MS, hourOf, MINUTES_PER_DAY, minuteOf } from '../model/bucket.ts'
import { openArchive } from '../stores/archive/duckdb/duckdb-archive.ts'
import { openLocalObjects } from '../stores/objects/local-objects.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { rawBatches } from './raw-workload.ts'
import { print } from './report.ts'
import { scaleOf } from './scale.ts'
import type { Order, Took } from './shared-recount-process.ts'

const PROCESS = fileURLToPath(new URL('./shared-recount-process.ts', import.meta.url))
const START_MS = Date.UTC(2026, 0, 5, 12)
const PARTITIONS = 8
const MEMORY_MIB = 512

const { quick } = scaleOf(process.argv)
const events = quick ? 50_000 : 2_000_000
const closedTo = hourOf(minuteOf(START_MS)) + MINUTES_PER_DAY

await using directory = await temporaryDirectory()
const bytes = await fill()
const common = { directory: directory.path, closedTo, partitions: PARTITIONS, memoryMiB: MEMORY_MIB }
const all = Array.from({ length: PARTITIONS }, (_, partition) => partition)
const [low, high] = [all.slice(0, PARTITIONS / 2), all.slice(PARTITIONS / 2)]
const shareBytesMax = Math.ceil(bytes / PARTITIONS)

const [alone] = await run([{ ...common, name: 'alone', mine: all, leads: true, shareBytesMax }])
const [leader, helper] = await run([
  { ...common, name: 'leader', mine: low, leads: true, shareBytesMax },
  { ...common, name: 'helper', mine: high, leads: false, shareBytesMax },
])
assert.deepEqual([leader!.buckets, leader!.events], [alone!.buckets, alone!.events])
print(`shared recount: ${events} events, ${Math.round(bytes / 2 ** 20)} MiB, ${PARTITIONS} partitions`, [
  row('one alone', alone!),
  row('two: the one that leads', leader!),
  row('two: the other', helper!),
])

function row(who: string, { cpuSeconds }: Took) {
  return { who, 'CPU-s': cpuSeconds, 'of one alone': cpuSeconds / alone!.cpuSeconds }
}

/** Returns the bytes of the archive. */
async function fill(): Promise<number> {
  const objects = await openLocalObjects(join(directory.path, 'archive'))
  const scratchDirectory = join(directory.path, 'filling')
  const archive = await openArchive({ objects, scratchDirectory, memoryMiB: 1_024, threads: 2 })
  for (const batch of rawBatches({ events, startMs: START_MS, spanMs: HOUR_MS })) await archive.store(batch)
  await archive.compact(closedTo)
  const held = (await archive.holdings()).reduce((sum, holding) => sum + holding.bytes, 0)
  await archive.close()
  return held
}

/** Starts them together when all are open. */
async function run(orders: readonly Order[]): Promise<readonly Took[]> {
  const children = orders.map((order) => fork(PROCESS, [JSON.stringify(order)]))
  await Promise.all(children.map(answerOf))
  const answers = children.map(answerOf)
  for (const child of children) child.send('go')
  return (await Promise.all(answers)) as Took[]
}

async function answerOf(child: ChildProcess): Promise<unknown> {
  const failed = once(child, 'exit').then(() => assert.fail('a process ended without an answer'))
  const [answer] = await Promise.race([once(child, 'message'), failed])
  return answer
}
