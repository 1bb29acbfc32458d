// For tests: what an administrator does to topics of the log behind the back of the product.
import { Kafka, logLevel } from 'kafkajs'
import { until } from './until.ts'

export type Place = { readonly topic: string; readonly partition: number; readonly offset: string }

/** The ends of all partitions of topics whose name begins like this. */
export async function endsOf(broker: string, prefix: string): Promise<readonly Place[]> {
  return administer(broker, async (admin) => {
    const topics = (await admin.listTopics()).filter((name) => name.startsWith(prefix))
    const ends = topics.map(async (topic) => {
      const offsets = await admin.fetchTopicOffsets(topic)
      return offsets.map(({ partition, high }) => ({ topic, partition, offset: high }))
    })
    return (await Promise.all(ends)).flat()
  })
}

/** Removes the records before these places. */
export async function removeBefore(broker: string, places: readonly Place[]): Promise<void> {
  await administer(broker, async (admin) => {
    for (const [topic, partitions] of Map.groupBy(places, (place) => place.topic)) {
      await admin.fetchTopicOffsets(topic) // it does not look for leaders by itself
      await admin.deleteTopicRecords({ topic, partitions })
    }
  })
}

/** Makes topics anew under their names: empty, and offsets begin at 0 again. */
export async function makeAnew(broker: string, prefix: string): Promise<void> {
  await administer(broker, async (admin) => {
    const { topics } = await admin.fetchTopicMetadata()
    const meant = topics.filter(({ name }) => name.startsWith(prefix))
    const names = meant.map(({ name }) => name)
    await admin.deleteTopics({ topics: names })
    await until('the topics are gone', async () =>
      (await admin.listTopics()).every((name) => !names.includes(name)),
    )
    await admin.createTopics({
      topics: meant.map(({ name: topic, partitions }) => ({ topic, numPartitions: partitions.length })),
      waitForLeaders: false, // a busy broker does not know them at once, and then the client gives up
    })
    await until('the topics are there', () => haveLeaders(admin, names))
  })
}

type Admin = ReturnType<Kafka['admin']>

async function haveLeaders(admin: Admin, names: string[]): Promise<boolean> {
  const { topics } = await admin.fetchTopicMetadata({ topics: names }).catch(() => ({ topics: [] }))
  const partitions = topics.flatMap((topic) => topic.partitions)
  return topics.length === names.length && partitions.every(({ leader }) => leader >= 0)
}

async function administer<T>(broker: string, act: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Kafka({ clientId: 'test', brokers: [broker], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    return await act(admin)
  } finally {
    await admin.disconnect()
  }
}
