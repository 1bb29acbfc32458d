// The protocol of a contender's process: its input (environment variables) and output (marks on standard output).

export type RunSettings = {
  readonly brokers: readonly string[]
  /** Its name; of a log the first part of its topics' names. */
  readonly topic: string
  /** Unique: names groups, keyspaces and keys. */
  readonly run: string
  readonly partitions: number
  /** The number of events in the topic, copies included. */
  readonly events: number
  /** How often what is counted becomes durable. */
  readonly intervalMs: number
  readonly answerFile: string
  readonly redisUrl: string
  readonly cassandra: string
  /** For our rows in Cassandra, which is made before the run. */
  readonly keyspace: string
  /** How long rows are kept. */
  readonly retentionMs: number
}

/** start: before it connects. first: the first event has arrived. done: every event's effect is durable. */
export type MarkName = 'start' | 'first' | 'done'
export type Mark = { readonly mark: MarkName; readonly ms: number }

export function environmentOf(settings: RunSettings): Record<string, string> {
  return {
    BROKERS: settings.brokers.join(','),
    TOPIC: settings.topic,
    RUN: settings.run,
    PARTITIONS: String(settings.partitions),
    EVENTS: String(settings.events),
    FLUSH_INTERVAL_MS: String(settings.intervalMs),
    ANSWER_FILE: settings.answerFile,
    REDIS_URL: settings.redisUrl,
    CASSANDRA: settings.cassandra,
    KEYSPACE: settings.keyspace,
    RETENTION_MS: String(settings.retentionMs),
  }
}

export function readRunSettings(environment: NodeJS.ProcessEnv): RunSettings {
  return {
    brokers: environment.BROKERS!.split(','),
    topic: environment.TOPIC!,
    run: environment.RUN!,
    partitions: Number(environment.PARTITIONS),
    events: Number(environment.EVENTS),
    intervalMs: Number(environment.FLUSH_INTERVAL_MS),
    answerFile: environment.ANSWER_FILE!,
    redisUrl: environment.REDIS_URL!,
    cassandra: environment.CASSANDRA!,
    keyspace: environment.KEYSPACE!,
    retentionMs: Number(environment.RETENTION_MS),
  }
}

export function mark(name: MarkName): void {
  process.stdout.write(`${JSON.stringify({ mark: name, ms: Date.now() } satisfies Mark)}\n`)
}
