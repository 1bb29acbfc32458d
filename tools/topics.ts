// npm run topics: makes the topics of the log, grows them, and proposes the wanted layout. Safe to run again.
import { randomBytes, randomUUID } from 'node:crypto'
import { commandLine } from '../lib/command-line.ts'
import { isOn } from '../lib/flags.ts'
import { SettingsError, SettingsReader } from '../lib/settings-reader.ts'
import { systemClock } from '../lib/system-clock.ts'
import { MINUTE_MS } from '../model/bucket.ts'
import { readEventLimits } from '../services/partitioner/event-limits-settings.ts'
import { readWantedLayout } from '../stores/layouts/layout-settings.ts'
import { createTopics } from '../stores/log/kafka/create-topics.ts'
import { CLIENTS } from '../stores/log/kafka/kafka-clients.ts'
import { openKafkaLayouts } from '../stores/log/kafka/kafka-layouts.ts'
import {
  readKafkaSettings,
  readPartitionBytesMax,
  readTopicReplicas,
} from '../stores/log/kafka/kafka-settings.ts'
import { LogError } from '../stores/log/log.ts'

const DEFAULT_PARTITIONS = 16

const { values } = commandLine({
  usage: 'npm run topics [-- --start-anew] [--short-lead]',
  flags: {
    'start-anew': isOn('abandon the current topics and begin a new incarnation; stop all services before'),
    'short-lead': isOn(
      'let new layouts begin within two minutes instead of a quarter of an hour; only when every process is of this ' +
        'version or later (new logs begin so)',
    ),
  },
})
try {
  await prepare(values['start-anew'], values['short-lead'])
} catch (error) {
  if (!(error instanceof SettingsError || error instanceof LogError)) throw error
  console.error(`topics: ${error.message}`)
  process.exitCode = 1
}

async function prepare(startAnew: boolean, shortLead: boolean): Promise<void> {
  const read = new SettingsReader(process.env)
  const kafka = readKafkaSettings(read)
  const wanted = readWantedLayout(read, DEFAULT_PARTITIONS)
  const limits = readEventLimits(read)
  const replicas = readTopicReplicas(read)
  const retentionBytes = readPartitionBytesMax(read)
  read.check()
  const dedicated = Array.from(wanted.dedicated.values()).reduce((sum, count) => sum + count, 0)
  const client = CLIENTS[kafka.client]({ ...kafka, clientId: 'tally-topics' })
  try {
    const { incarnation, partitions } = await createTopics({
      client,
      clock: systemClock,
      prefix: kafka.prefix,
      partitions: wanted.partitions + dedicated,
      ...replicas,
      retentionMs: limits.retentionMs,
      retentionBytes,
      newIncarnation: () => randomBytes(4).toString('hex'),
      startAnew,
    })
    const layouts = await openKafkaLayouts({
      client,
      clock: systemClock,
      prefix: kafka.prefix,
      newProposalId: randomUUID,
      onRefreshFailed: () => {},
    })
    if (shortLead || layouts.current().length === 0) await layouts.agreeOnLead()
    const { version, fromMinute } = (await layouts.propose(wanted)).at(-1)!
    await layouts.close()
    const since = new Date(fromMinute * MINUTE_MS).toISOString()
    console.log(`log ${incarnation}: ${partitions} partitions; layout ${version}, in force from ${since}`)
  } finally {
    await client.close()
  }
}
