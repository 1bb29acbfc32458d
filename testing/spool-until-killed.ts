// A process for the crash test: appends records without end through a spool, to a log that is the parent's
// pipe and away most of the time. Prints `sent name` when the log takes a record and `acknowledged name` when
// the append resolved. Arguments: directory, seed, round.
import { writeSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { type Log, LogError } from '../stores/log/log.ts'
import { spooledLog } from '../stores/log/spool/spooled-log.ts'
import { seededRandom } from './crash-record.ts'

const [directory = '', seed = '0', round = '0'] = process.argv.slice(2)
const APPENDERS = 8
const PARTITIONS = 4
const random = seededRandom(Number(seed) * 1_000 + Number(round))

/** Unbuffered: what was written is in the pipe even if this process is killed. */
function print(word: string, name: string): void {
  writeSync(1, `${word} ${name}\n`)
}

async function appendToPipe(
  _lane: unknown,
  _partition: number,
  bytes: Uint8Array,
): Promise<{ offset: number }> {
  if (random() < 0.7) throw new LogError('unavailable', 'The log is away.')
  print('sent', Buffer.from(bytes).toString())
  return { offset: 0 }
}

const spooled = await spooledLog({
  log: { append: appendToPipe } as Partial<Log> as Log,
  directory,
  clock: { nowMs: () => 0, sleep: async () => void (await turn()) },
  bytesMax: 1 << 30,
  appendTimeoutMs: 1_000,
  random,
})

async function appendWithoutEnd(appender: number): Promise<void> {
  for (let n = 0; ; n++) {
    const name = `${round}.${appender}.${n}`
    await spooled.append('events', Math.floor(random() * PARTITIONS), Buffer.from(name))
    print('acknowledged', name)
  }
}

await Promise.all(Array.from({ length: APPENDERS }, (_, appender) => appendWithoutEnd(appender)))
