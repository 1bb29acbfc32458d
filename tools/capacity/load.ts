// What is to be carried, and how long it is kept.

export const SPREADS = ['zipf', 'uniform'] as const
/** How events fall on videos: by Zipf's law with exponent 1, or on each alike. */
type Spread = (typeof SPREADS)[number]

export const FORMS = ['single', 'day', 'shared'] as const
/**
 * How rows reach Cassandra. `single`: a request for each. `day`: batches of 20 over partitions of a video and day.
 * `shared`: batches of 100 of one partition, which is a shard of the videos and an hour.
 */
export type Form = (typeof FORMS)[number]
/** What a keyspace gets that this release makes. */
export const FORM_IN_FORCE: Form = 'shared'

export type Load = {
  /** Events a second in the busiest minutes; processes, brokers and nodes are chosen for it. */
  readonly rate: number
  /** Over the whole day; disks are filled by it. */
  readonly averageRate: number
  readonly eventsPerRequest: number
  readonly videos: number
  readonly spread: Spread
  /** The share of each type in all events. */
  readonly types: readonly number[]
  readonly flushS: number
  readonly form: Form
  /** How long raw events stay in the log. */
  readonly retentionDays: number
  readonly minutesDays: number
  readonly hoursDays: number
  /** For how many years of days there is to be room: they are kept for ever. */
  readonly years: number
  readonly horizonMin: number
  /** Copies that Kafka and Cassandra keep. */
  readonly copies: number
}
