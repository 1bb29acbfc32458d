// Ours: the unchanged processing service, over a filled topic, until its last checkpoint is at the topic's end.
// usage: tally-counter.ts CLIENT

import { SettingsReader } from '../../../lib/settings-reader.ts'
import { systemClock } from '../../../lib/system-clock.ts'
import { loadSchemas } from '../../../schemas/schema-set.ts'
import type { SourceDriver } from '../../../services/processing/driver.ts'
import { readDriverSettings } from '../../../services/processing/driver-settings.ts'
import { lanesOn } from '../../../services/processing/lanes.ts'
import { Processing } from '../../../services/processing/processing.ts'
import type { CountWriter } from '../../../stores/counts/counts.ts'
import type { ClientName } from '../../../stores/log/kafka/kafka-clients.ts'
import type { Log, Source } from '../../../stores/log/log.ts'
import { NAME_KEY } from '../../workload.ts'
import { RunCounts, withLog } from './ports.ts'
import { mark, readRunSettings } from './run.ts'

const POLL_MS = 20
const STOP_TIMEOUT_MS = 10_000

const { brokers, topic, cassandra, run } = readRunSettings(process.env)
const place = { client: process.argv[2] as ClientName, brokers, prefix: topic }
mark('start')
await withLog(place, async (log) => {
  const { counts, close } = await new RunCounts(cassandra, run).open()
  const processing = processingOf(log, counts)
  processing.own(await log.sources('events'))
  await until(() => processing.drivers.some(({ state }) => state !== null && state.ledger.records > 0))
  mark('first')
  const ends = await endsOf(log)
  await until(() => processing.drivers.every((driver) => isDone(driver, ends)))
  mark('done')
  await processing.stop(STOP_TIMEOUT_MS)
  await close()
})

/** With the default settings of the service, but for the interval of a run. */
function processingOf(log: Log, counts: CountWriter): Processing {
  const deps = {
    log,
    counts,
    lanes: lanesOn(log),
    hints: null,
    snapshots: null,
    schemas: loadSchemas(),
    nameKey: NAME_KEY,
    clock: systemClock,
    random: Math.random,
    onRetry: (what: string, attempt: number, error: unknown) =>
      console.error(`could not ${what} (attempt ${attempt}):`, error),
    onHalt: (source: Source, error: unknown) => {
      console.error(`source ${source.id} stands still:`, error)
      process.exit(1)
    },
  }
  return new Processing(deps, readDriverSettings(new SettingsReader(process.env), false))
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await systemClock.sleep(POLL_MS)
}

async function endsOf(log: Log): Promise<ReadonlyMap<string, number>> {
  const sources = await log.sources('events')
  return new Map(
    await Promise.all(
      sources.map(async (source) => [source.id, (await log.bounds(source)).endOffset] as const),
    ),
  )
}

function isDone({ source, checkpoint }: SourceDriver, ends: ReadonlyMap<string, number>): boolean {
  return (checkpoint?.offset ?? -1) + 1 >= ends.get(source.id)!
}
