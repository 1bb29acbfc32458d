// npm run titles: makes the tables of titles from their topic, beside running services of an earlier release, so that
// those of this release know all titles when they start. Safe to end, to run again, and to run by several.
import { commandLine } from '../lib/command-line.ts'
import { isOn } from '../lib/flags.ts'
import { SettingsError, SettingsReader } from '../lib/settings-reader.ts'
import { systemClock } from '../lib/system-clock.ts'
import { readCassandraSettings } from '../stores/cassandra/cassandra-settings.ts'
import { CountsError } from '../stores/cassandra/counts-error.ts'
import { readKafkaSettings } from '../stores/log/kafka/kafka-settings.ts'
import { LogError } from '../stores/log/log.ts'
import { openLog } from '../stores/log/open-log.ts'
import { applyTitles } from './apply-titles.ts'

const SAID_EVERY_MS = 10_000

const { values } = commandLine({
  usage:
    'npm run titles [-- --anew]      after npm run migrate; where Kafka and Cassandra are, docs/settings.md says',
  flags: {
    anew: isOn(
      'leave what the tables hold and make all of them again; if it ends early, run it without this',
    ),
  },
})
try {
  await apply(values.anew)
} catch (error) {
  if (!(error instanceof SettingsError || error instanceof LogError || error instanceof CountsError))
    throw error
  console.error(`titles: ${error.message} What is done is kept: run this again.`)
  process.exitCode = 1
}

async function apply(isAnew: boolean): Promise<void> {
  const read = new SettingsReader(process.env)
  const settings = { kafka: readKafkaSettings(read), cassandra: readCassandraSettings(read) }
  read.check()
  await using stack = new AsyncDisposableStack()
  const onRetry = (what: string, _attempt: number, error: unknown) =>
    console.error(`titles: could not ${what}, will try again: ${(error as Error).message}`)
  const { signal } = new AbortController()
  const clock = systemClock
  const { client, log, close } = await openLog(settings.kafka, 'tally-titles', clock, onRetry, signal)
  stack.defer(close)
  let saidMs = 0
  const say = (left: number) => {
    if (clock.nowMs() - saidMs < SAID_EVERY_MS) return
    saidMs = clock.nowMs()
    console.log(`${left} changes of titles left`)
  }
  const { incarnation } = log
  await applyTitles({ settings, client, incarnation, clock, onRetry }, say, isAnew)
  console.log('all titles are there')
}
