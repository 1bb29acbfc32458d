// Reads a filled topic to its end with kafkajs, for the contenders that are built on it.
import { type Batch, type ConsumerCrashEvent, Kafka, logLevel } from 'kafkajs'
import { mark, type RunSettings } from './run.ts'

/**
 * Calls `onBatch` for each batch and commits after it; resolves when the whole topic is read and committed.
 */
export async function consumeAll(
  { brokers, run, topic, events }: RunSettings,
  concurrency: number,
  onBatch: (batch: Batch) => Promise<void>,
): Promise<void> {
  const kafka = new Kafka({ clientId: run, brokers: [...brokers], logLevel: logLevel.ERROR })
  const consumer = kafka.consumer({ groupId: run })
  const nextOffsets = new Map<number, string>()
  const end = Promise.withResolvers<void>()
  let seen = 0
  mark('start')
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  consumer.on(consumer.events.CRASH, ({ payload }: ConsumerCrashEvent) => end.reject(payload.error))
  await consumer.run({
    partitionsConsumedConcurrently: concurrency,
    eachBatch: async ({ batch }) => {
      if (seen === 0) mark('first')
      await onBatch(batch)
      nextOffsets.set(batch.partition, String(Number(batch.lastOffset()) + 1))
      seen += batch.messages.length
      if (seen >= events) end.resolve()
    },
  })
  await end.promise
  await consumer.commitOffsets(
    Array.from(nextOffsets, ([partition, offset]) => ({ topic, partition, offset })),
  )
  mark('done')
  await consumer.disconnect()
}
