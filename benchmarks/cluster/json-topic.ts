// The topic for other counters: one JSON message per event, keyed and partitioned as by a plain producer.
import { type Admin, Kafka, logLevel, type Message, type Producer } from 'kafkajs'
import { minuteOf } from '../../model/bucket.ts'
import type { Event } from '../../model/event.ts'
import type { Layout } from '../../model/layout.ts'
import { route, routeKey } from '../../model/route.ts'
import type { Sent } from './event-stream.ts'

export type JsonView = {
  readonly id: string
  readonly videoId: string
  readonly type: string
  readonly time: number
  readonly value: number
}

const MESSAGES_PER_SEND = 8_000

export function kafkaOf(brokers: readonly string[]): Kafka {
  return new Kafka({ clientId: 'bench', brokers: [...brokers], logLevel: logLevel.ERROR })
}

/** Makes the topic and fills it; fails unless it then holds as many messages as were sent. */
export async function fillJsonTopic(
  kafka: Kafka,
  topic: string,
  layout: Layout,
  stream: Iterable<Sent>,
): Promise<void> {
  const admin = kafka.admin()
  const producer = kafka.producer({ allowAutoTopicCreation: false })
  await Promise.all([admin.connect(), producer.connect()])
  await createTopic(admin, topic, layout.partitions)
  const sent = await sendAll(producer, topic, layout, stream)
  const held = await heldBy(admin, topic)
  await Promise.all([admin.disconnect(), producer.disconnect()])
  if (held !== sent) throw new Error(`${topic} holds ${held} messages, not the ${sent} that were sent`)
}

/** Removes every topic and group with this prefix, which a run has left behind. */
export async function removeTraces(kafka: Kafka, prefix: string): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  const topics = (await admin.listTopics()).filter((name) => name.startsWith(prefix))
  if (topics.length > 0) await admin.deleteTopics({ topics })
  const { groups } = await admin.listGroups()
  const theirs = groups.map(({ groupId }) => groupId).filter((name) => name.startsWith(prefix))
  if (theirs.length > 0) await admin.deleteGroups(theirs)
  await admin.disconnect()
}

async function createTopic(admin: Admin, topic: string, numPartitions: number): Promise<void> {
  const configEntries = [{ name: 'retention.ms', value: '-1' }]
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions, configEntries }] })
}

async function sendAll(
  producer: Producer,
  topic: string,
  layout: Layout,
  stream: Iterable<Sent>,
): Promise<number> {
  let sent = 0
  let messages: Message[] = []
  const flush = async () => {
    await producer.send({ topic, messages, acks: -1 })
    sent += messages.length
    messages = []
  }
  for (const { event } of stream) {
    messages.push(messageOf(event, layout))
    if (messages.length === MESSAGES_PER_SEND) await flush()
  }
  if (messages.length > 0) await flush()
  return sent
}

function messageOf(event: Event, layout: Layout): Message {
  const { id, videoId, type, timeMs, valueThousandths } = event
  const view: JsonView = { id, videoId, type, time: timeMs, value: valueThousandths! / 1_000 }
  return {
    key: routeKey(event, minuteOf(timeMs)),
    value: JSON.stringify(view),
    partition: route([layout], event),
    timestamp: String(timeMs),
  }
}

async function heldBy(admin: Admin, topic: string): Promise<number> {
  const offsets = await admin.fetchTopicOffsets(topic)
  return offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0)
}
