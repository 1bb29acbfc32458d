// The contenders and how each is started. A contender is a process that follows the protocol of contenders/run.ts.
import { fileURLToPath } from 'node:url'
import type { Kind } from '../../infra/nodes.ts'
import type { JavaProgram } from './java.ts'

/** Our records of many events: as a log of ours, or as the topic alone; or one JSON message per event. */
export type Topic = 'log' | 'records' | 'messages'

export type Contender = {
  readonly name: string
  readonly topic: Topic
  /** Where it stores counts, other than in Kafka or in itself. In Cassandra they are our rows. */
  readonly store: Kind | null
  /** Whether it counts at all. */
  readonly hasAnswer: boolean
  /** When what it has counted becomes durable: at an interval that is the same for all, or whenever it can. */
  readonly commits: 'interval' | 'batch'
  readonly program: NodeProgram | JvmProgram
}

type NodeProgram = { readonly file: string; readonly args: readonly string[] }
type JvmProgram = {
  readonly java: JavaProgram
  readonly jvm: readonly string[]
  readonly args: readonly string[]
}

export const NAMES = {
  ours: 'tally',
  flinkToRows: 'flink-cassandra',
  flinkToTopic: 'flink-topic',
  streamsOnRecords: 'kafka-streams-records',
  streamsOnJson: 'kafka-streams',
} as const

const JVM = ['-Xmx2g', '-XX:+UseParallelGC', '-Dorg.slf4j.simpleLogger.defaultLogLevel=error']
/** What Flink opens of Java's own classes. */
const OPENED = ['lang', 'util', 'nio'].map((name) => `--add-opens=java.base/java.${name}=ALL-UNNAMED`)
/** It sets timers in the past. */
const QUIET_KAFKAJS = '--disable-warning=TimeoutNegativeWarning'

const COUNTER = { hasAnswer: true, commits: 'interval' } as const
const OURS = { ...COUNTER, topic: 'log', store: 'cassandra' } as const

export const CONTENDERS: readonly Contender[] = [
  { ...OURS, name: NAMES.ours, program: node('tally-counter.ts', 'platformatic') },
  { ...OURS, name: 'tally-kafkajs', program: node('tally-counter.ts', 'kafkajs') },
  { ...COUNTER, name: NAMES.flinkToRows, topic: 'records', store: 'cassandra', program: flink('cassandra') },
  { ...COUNTER, name: NAMES.flinkToTopic, topic: 'records', store: null, program: flink('topic') },
  { ...COUNTER, name: NAMES.streamsOnRecords, topic: 'records', store: null, program: streams('records') },
  { ...COUNTER, name: NAMES.streamsOnJson, topic: 'messages', store: null, program: streams('json') },
  {
    name: 'kafkajs-reading-only',
    topic: 'messages',
    store: null,
    hasAnswer: false,
    commits: 'batch',
    program: node('kafkajs-reader.ts'),
  },
  {
    name: 'node-redis',
    topic: 'messages',
    store: 'redis',
    hasAnswer: true,
    commits: 'batch',
    program: node('redis-counter.ts'),
  },
]

/** What of Java the contenders need. */
export function javaOf(contenders: readonly Contender[]): JavaProgram[] {
  const needed = contenders.flatMap(({ program }) => ('java' in program ? [program.java] : []))
  return Array.from(new Set(needed))
}

export function commandOf({ program }: Contender, classPaths: ReadonlyMap<JavaProgram, string>) {
  if ('file' in program) {
    const path = fileURLToPath(new URL(`./contenders/${program.file}`, import.meta.url))
    return { command: process.execPath, args: [QUIET_KAFKAJS, path, ...program.args] }
  }
  const { java, jvm, args } = program
  return { command: 'java', args: [...JVM, ...jvm, '-cp', classPaths.get(java)!, ...args] }
}

function node(file: string, ...args: string[]): NodeProgram {
  return { file, args }
}

function flink(output: 'topic' | 'cassandra'): JvmProgram {
  return { java: 'flink', jvm: OPENED, args: ['FlinkCounter', output] }
}

function streams(reader: 'json' | 'records'): JvmProgram {
  return { java: 'streams', jvm: [], args: ['StreamsCounter', reader] }
}
