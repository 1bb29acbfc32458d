// The contenders and how each is started. A contender is a process that follows the protocol of contenders/run.ts.
import { fileURLToPath } from 'node:url'
import type { Kind } from '../../infra/nodes.ts'

export type Contender = {
  readonly name: string
  /** What it reads: our records of many events, or one JSON message per event. */
  readonly topic: 'records' | 'messages'
  /** Where it stores counts, other than in Kafka or in itself. */
  readonly store: Kind | null
  /** Whether it counts at all. */
  readonly hasAnswer: boolean
  readonly program: string
  readonly args: readonly string[]
}

/** The baseline of the comparison. */
export const BASELINE = 'kafka-streams'

const JAVA_HEAP = '-Xmx2g'
/** It sets timers in the past. */
const QUIET_KAFKAJS = '--disable-warning=TimeoutNegativeWarning'

export function contenders(streamsClassPath: string): Contender[] {
  return [
    {
      ...node('tally-counter.ts', 'platformatic'),
      name: 'tally',
      topic: 'records',
      store: 'cassandra',
      hasAnswer: true,
    },
    {
      ...node('tally-counter.ts', 'kafkajs'),
      name: 'tally-kafkajs',
      topic: 'records',
      store: 'cassandra',
      hasAnswer: true,
    },
    { ...streams(streamsClassPath), name: BASELINE, topic: 'messages', store: null, hasAnswer: true },
    {
      ...node('kafkajs-reader.ts'),
      name: 'kafkajs-reading-only',
      topic: 'messages',
      store: null,
      hasAnswer: false,
    },
    { ...node('redis-counter.ts'), name: 'node-redis', topic: 'messages', store: 'redis', hasAnswer: true },
  ]
}

function node(file: string, ...args: string[]) {
  return {
    program: process.execPath,
    args: [QUIET_KAFKAJS, fileURLToPath(new URL(`./contenders/${file}`, import.meta.url)), ...args],
  }
}

function streams(classPath: string) {
  const quiet = '-Dorg.slf4j.simpleLogger.defaultLogLevel=error'
  return {
    program: 'java',
    args: [JAVA_HEAP, '-XX:+UseParallelGC', quiet, '-cp', classPath, 'StreamsCounter'],
  }
}
