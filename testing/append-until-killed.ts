// A process for the crash test: appends records of random sizes without end and prints each that was
// acknowledged. Arguments: directory, seed, round.

import { openEmbeddedLog } from '../stores/log/embedded/embedded-log.ts'
import { crashRecord, seededRandom } from './crash-record.ts'

const [directory = '', seed = '0', round = '0'] = process.argv.slice(2)
const APPENDERS = 8
const PARTITIONS = 4

const log = await openEmbeddedLog({
  directory,
  clock: { nowMs: () => Date.now(), sleep: async () => {} },
  partitions: PARTITIONS,
  retention: { ageMs: Number.MAX_SAFE_INTEGER, bytesMax: Number.MAX_SAFE_INTEGER },
})
const random = seededRandom(Number(seed) * 1_000 + Number(round))

async function appendWithoutEnd(appender: number): Promise<void> {
  for (let n = 0; ; n++) {
    const partition = Math.floor(random() * PARTITIONS)
    const name = `${round}.${appender}.${n}`
    const { offset } = await log.append('events', partition, crashRecord(name))
    process.stdout.write(`${partition} ${offset} ${name}\n`)
  }
}

await Promise.all(Array.from({ length: APPENDERS }, (_, appender) => appendWithoutEnd(appender)))
