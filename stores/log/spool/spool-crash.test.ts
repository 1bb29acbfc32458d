// What the spool acknowledged reaches the log after any death of the process.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { seededRandom } from '../../../testing/crash-record.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { MemoryLog } from '../../../testing/memory-log.ts'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'
import { textsOf } from '../log-contract.ts'
import { spooledLog } from './spooled-log.ts'

const APPENDER = fileURLToPath(new URL('../../../testing/spool-until-killed.ts', import.meta.url))
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 1_000_000))
const ROUNDS = 5
const PARTITIONS = 4

describe('The spool, killed', () => {
  it(`misses nothing acknowledged after kill -9, round after round (SEED=${SEED})`, async () => {
    await using directory = await temporaryDirectory()
    const random = seededRandom(SEED)
    const words = { acknowledged: new Set<string>(), sent: new Set<string>() }
    for (let round = 0; round < ROUNDS; round++) {
      await appendAndKill(directory.path, round, 1 + Math.floor(random() * 1_000), words)
    }
    const { acknowledged, sent } = words
    const drained = await drain(directory.path)
    assert.ok(drained.size > 0 && sent.size > 0)
    const missing = acknowledged.difference(sent).difference(drained)
    assert.deepEqual([...missing], [])
  })
})

/** Groups the lines that the process printed before it was killed, at least this many, by their first word. */
async function appendAndKill(
  directory: string,
  round: number,
  count: number,
  words: Record<string, Set<string>>,
): Promise<void> {
  const args = [APPENDER, directory, String(SEED), String(round)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = once(child, 'exit')
  let lines = 0
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, name] = line.split(' ')
    words[word!]!.add(name!)
    if (++lines === count) child.kill('SIGKILL')
  }
  assert.deepEqual(await exit, [null, 'SIGKILL'])
}

/** What the next start sends to the log. */
async function drain(directory: string): Promise<Set<string>> {
  const clock = new ManualClock()
  const log = new MemoryLog({ clock, partitions: PARTITIONS })
  const empty = Promise.withResolvers<void>()
  const spooled = await spooledLog({
    log,
    directory,
    clock,
    bytesMax: 1 << 30,
    appendTimeoutMs: 1_000,
    random: () => 0,
    onState: ({ records }) => {
      if (records === 0) empty.resolve()
    },
  })
  await empty.promise
  await spooled.close()
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => textsOf(log, 'events', partition))
  return new Set((await Promise.all(partitions)).flat())
}
