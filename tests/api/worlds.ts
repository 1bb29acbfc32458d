// The servers under test. Each is started with its own settings.

export type World = {
  readonly name: string
  readonly environment: Readonly<Record<string, string>>
  /** Flags for schemathesis. */
  readonly args: readonly string[]
  /** The number of random requests for each operation. */
  readonly share: number
  /** Whether answers of 429 must be among the others, or must not. */
  readonly isLimited: boolean
}

const KEY = 'a-key-of-the-test'
const ALL_PHASES = ['--phases', 'examples,coverage,fuzzing,stateful']
/** Its answer is a stream that never ends. */
const NO_STREAM = ['--exclude-path', '/v1/live']
/** Otherwise most requests would get 429 and test nothing. */
const NO_LIMITS = {
  QUERY_COST_PER_SECOND_MAX: '0',
  EVENTS_PER_SECOND_MAX: '0',
  NEW_VIDEOS_PER_MINUTE_MAX: '0',
  BAD_KEYS_PER_MINUTE_MAX: '0',
}
const LIMITS = {
  QUERY_COST_PER_SECOND_MAX: '1',
  EVENTS_PER_SECOND_MAX: '2',
  NEW_VIDEOS_PER_MINUTE_MAX: '20',
  BAD_KEYS_PER_MINUTE_MAX: '0',
}
const LIMITED = ['/v1/events', '/v1/query', '/v1/top', '/v1/videos/{videoId}/stats', '/v1/audit']

/** One key for everything, because one header is sent with every request. */
const KEYS = { API_KEYS: `${KEY}=acme`, ADMIN_KEYS: KEY }
const KEY_HEADER = ['--header', `Authorization: Bearer ${KEY}`]

export const WORLDS: readonly World[] = [
  {
    ...{ name: 'without keys', share: 1, isLimited: false },
    environment: NO_LIMITS,
    args: [...ALL_PHASES, ...NO_STREAM],
  },
  {
    ...{ name: 'with keys', share: 1, isLimited: false },
    environment: { ...NO_LIMITS, ...KEYS },
    args: [...ALL_PHASES, ...NO_STREAM, ...KEY_HEADER],
  },
  {
    ...{ name: 'with limits', share: 0.2, isLimited: true },
    environment: { ...LIMITS, ...KEYS },
    args: ['--phases', 'fuzzing', ...LIMITED.flatMap((path) => ['--include-path', path]), ...KEY_HEADER],
  },
]
