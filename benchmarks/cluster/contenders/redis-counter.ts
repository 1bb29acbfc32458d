// Counts as many teams do: SET NX of the id, HINCRBY of the bucket if the id was new, one pipeline of each per batch.
// Exact as long as nothing crashes: between the two pipelines the batch's new events are lost, and before the commit
// they are safe only until the ids expire.
import { type ChainableCommander, Redis } from 'ioredis'
import type { KafkaMessage } from 'kafkajs'
import { minuteOf } from '../../../model/bucket.ts'
import type { JsonView } from '../json-topic.ts'
import { bucketName, writeAnswer } from '../reference-counts.ts'
import { consumeAll } from './consume.ts'
import { readRunSettings } from './run.ts'

const REMEMBERED_SECONDS = 600
const CONCURRENCY = 4
/** The memory for the ids of ten minutes: about 100 bytes each. */
const MEMORY_MAX = '4gb'
const SCAN_COUNT = 10_000

const settings = readRunSettings(process.env)
const redis = new Redis(settings.redisUrl)
const memoryMax = await redis.config('GET', 'maxmemory')
try {
  await redis.config('SET', 'maxmemory', MEMORY_MAX)
  await redis.flushdb()
  await consumeAll(settings, CONCURRENCY, ({ messages }) => count(messages))
  writeAnswer(settings.answerFile, await readCounts())
} finally {
  await redis.flushdb()
  await redis.config('SET', 'maxmemory', (memoryMax as string[])[1]!)
  redis.disconnect()
}

async function count(messages: readonly KafkaMessage[]): Promise<void> {
  const views = messages.map(({ value }) => JSON.parse(value!.toString()) as JsonView)
  const marks = redis.pipeline()
  for (const { id } of views) marks.set(`id:${id}`, 1, 'EX', REMEMBERED_SECONDS, 'NX')
  const answers = await execute(marks)
  const counts = redis.pipeline()
  for (const [i, { videoId, type, time }] of views.entries()) {
    if (answers[i] === 'OK') counts.hincrby(`views:${videoId}`, `${type} ${minuteOf(time)}`, 1)
  }
  await execute(counts)
}

async function execute(pipeline: ChainableCommander): Promise<unknown[]> {
  const answers = (await pipeline.exec()) ?? []
  return answers.map(([error, value]) => {
    if (error !== null) throw error
    return value
  })
}

async function readCounts(): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for await (const keys of redis.scanStream({ match: 'views:*', count: SCAN_COUNT }) as AsyncIterable<
    string[]
  >) {
    for (const key of keys) {
      for (const [field, count] of Object.entries(await redis.hgetall(key))) {
        const [type, minute] = field.split(' ')
        counts.set(bucketName(key.slice('views:'.length), type!, Number(minute)), Number(count))
      }
    }
  }
  return counts
}
