// The protocol of a contender's process: its input (environment variables) and output (marks on standard output).

export type RunSettings = {
  readonly brokers: readonly string[]
  readonly topic: string
  /** Unique: names groups, keyspaces and keys. */
  readonly run: string
  readonly partitions: number
  /** The number of events in the topic, copies included. */
  readonly events: number
  readonly truthFile: string
  readonly answerFile: string
  readonly redisUrl: string
  readonly cassandra: string
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
    TRUTH_FILE: settings.truthFile,
    ANSWER_FILE: settings.answerFile,
    REDIS_URL: settings.redisUrl,
    CASSANDRA: settings.cassandra,
  }
}

export function readRunSettings(environment: NodeJS.ProcessEnv): RunSettings {
  return {
    brokers: environment.BROKERS!.split(','),
    topic: environment.TOPIC!,
    run: environment.RUN!,
    partitions: Number(environment.PARTITIONS),
    events: Number(environment.EVENTS),
    truthFile: environment.TRUTH_FILE!,
    answerFile: environment.ANSWER_FILE!,
    redisUrl: environment.REDIS_URL!,
    cassandra: environment.CASSANDRA!,
  }
}

export function mark(name: MarkName): void {
  process.stdout.write(`${JSON.stringify({ mark: name, ms: Date.now() } satisfies Mark)}\n`)
}
