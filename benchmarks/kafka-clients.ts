// Both Kafka clients under the same log, on a running broker: `npm run bench -- kafka-clients`, with KAFKA_BROKERS.
// Records are as the partitioner makes them; the figures are events per second, and the CPU cost of a million events
// in this process.
import { randomBytes } from 'node:crypto'
import { systemClock } from '../lib/system-clock.ts'
import { createTopics } from '../stores/log/kafka/create-topics.ts'
import { CLIENTS, type ClientName } from '../stores/log/kafka/kafka-clients.ts'
import { type KafkaLog, openKafkaLog } from '../stores/log/kafka/kafka-log.ts'

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
    await measure(`${name} append, ${one.eventsPerRecord} a record`, one, () => append(log, one))
    await measure(`${name} read, ${one.eventsPerRecord} a record`, both, () => readAll(log))
  }
  await client.close()
}

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
  what: string,
  { records, eventsPerRecord }: Case,
  run: () => Promise<void>,
): Promise<void> {
  const events = records * eventsPerRecord
  const startMs = performance.now()
  const startCpu = process.cpuUsage()
  await run()
  const seconds = (performance.now() - startMs) / 1_000
  const { user, system } = process.cpuUsage(startCpu)
  const cpuPerMillion = (user + system) / events
  const rate = Math.round(events / seconds).toLocaleString('en')
  console.log(
    what.padEnd(40),
    `${rate} events/s`.padStart(20),
    `${cpuPerMillion.toFixed(2)} CPU-s per million`,
  )
}
