// Both Kafka clients under the same log, on a running broker: `npm run bench -- kafka-clients`, with KAFKA_BROKERS.
// Records are as the partitioner makes them; the figures are events per second, and the CPU cost of a million events
// in this process.
import { randomBytes } from 'node:crypto'
import { systemClock } from '../lib/system-clock.ts'
import { createTopics } from '../stores/log/kafka/create-topics.ts'
import { CLIENTS, type ClientName } from '../stores/log/kafka/kafka-clients.ts'
import { type KafkaLog, openKafkaLog } from '../stores/log/kafka/kafka-log.ts'
import { figure } from './notes.ts'
import { print, type Row } from './report.ts'

const PARTITIONS = 16
const EVENT_BYTES = 120
const READ_BYTES = 256 << 10
const SETTINGS = { partitions: PARTITIONS, replicationFactor: 1, minInSyncReplicas: 1 }
const RETENTION = { retentionMs: 3_600_000, retentionBytes: -1 }

/** Few events per record: a quiet partitioner; many: a busy one. */
const CASES = [
  { records: 20_000, eventsPerRecord: 10, inFlight: 64 },
  { records: 6_000, eventsPerRecord: 400, inFlight: 64 },
]

type Case = (typeof CASES)[number]
const LARGE = CASES[1]!

const rows: Row[] = []
/** Of large records, by what is done. */
const bytesPerSecond = { append: [] as number[], read: [] as number[] }
const brokers = (process.env.KAFKA_BROKERS ?? '127.0.0.1:19092').split(',')
for (const name of Object.keys(CLIENTS) as ClientName[]) {
  const client = CLIENTS[name]({ brokers, clientId: 'tally-bench' })
  for (const one of CASES) {
    const prefix = `bench-${randomBytes(4).toString('hex')}`
    const newIncarnation = () => randomBytes(4).toString('hex')
    await createTopics({ ...SETTINGS, ...RETENTION, client, clock: systemClock, prefix, newIncarnation })
    const log = await openKafkaLog({ client, clock: systemClock, prefix })
    const warmUp = { ...one, records: one.records / 10 } // connections, compiled code
    await append(log, warmUp)
    const both = { ...one, records: one.records + warmUp.records }
    await measure(name, 'append', one, () => append(log, one))
    await measure(name, 'read', both, () => readAll(log))
  }
  await client.close()
}
print('kafka-clients: both under the same log', rows)
figure('kafka.append.rate', 'bytes/s a broker', bytesPerSecond.append)
figure('kafka.read.rate', 'bytes/s a broker', bytesPerSecond.read)

async function append(log: KafkaLog, { records, eventsPerRecord, inFlight }: Case): Promise<void> {
  const record = randomBytes(EVENT_BYTES * eventsPerRecord)
  let next = 0
  const senders = Array.from({ length: inFlight }, async () => {
    while (next < records) await log.append('events', next++ % PARTITIONS, record)
  })
  await Promise.all(senders)
}

async function readAll(log: KafkaLog): Promise<void> {
  const sources = await log.sources('events')
  const readers = sources.map(async (source) => {
    for (let offset = 0; ; ) {
      const { records, endOffset } = await log.read(source, offset, { bytesMax: READ_BYTES, waitMs: 0 })
      offset = records.at(-1)?.offset ?? endOffset
      if (++offset >= endOffset) return
    }
  })
  await Promise.all(readers)
}

async function measure(
  client: ClientName,
  what: 'append' | 'read',
  { records, eventsPerRecord }: Case,
  run: () => Promise<void>,
): Promise<void> {
  const events = records * eventsPerRecord
  const startMs = performance.now()
  const startCpu = process.cpuUsage()
  await run()
  const seconds = (performance.now() - startMs) / 1_000
  const { user, system } = process.cpuUsage(startCpu)
  if (eventsPerRecord === LARGE.eventsPerRecord) bytesPerSecond[what].push((events * EVENT_BYTES) / seconds)
  rows.push({
    client,
    ...{ what, 'events a record': eventsPerRecord },
    'events/s': Math.round(events / seconds),
    'CPU-s per million': (user + system) / events,
  })
}
