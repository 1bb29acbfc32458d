// The data that k6 passes to `handleSummary`, as far as it is used here, and what our files add. Pure.
type Values = Readonly<Record<string, number>>

export type Metric = {
  readonly type: 'counter' | 'gauge' | 'rate' | 'trend'
  readonly contains: string
  readonly values: Values
  readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>
}

export type SummaryData = {
  readonly metrics: Readonly<Record<string, Metric>>
  readonly state: { readonly testRunDurationMs: number }
  /** Only from `npm run load`, which monitors the system and checks the counts before it writes the report. */
  readonly seen?: Seen
}

/** What a summary must contain so that another program can check the run later. */
export type Described = {
  readonly script: string
  readonly url: string
  readonly rate: number
  readonly videos: number
  readonly batchEvents: number
  readonly durationMs: number
}

export type SummaryFile = SummaryData & { readonly test: Described }

export type Verdict = {
  readonly isExact: boolean
  /** One line. */
  readonly text: string
  readonly differences: readonly string[]
}

export type Seen = {
  readonly target: string
  readonly verdict: Verdict | null
  /** Named figures of the whole run, ready to be shown. */
  readonly figures: readonly { readonly name: string; readonly text: string }[]
  readonly charts: readonly Chart[]
  /** Events of the run: faults, and overloaded parts. */
  readonly notes: readonly { readonly atMs: number; readonly text: string }[]
  /** Why the run fails, apart from counts and thresholds. */
  readonly faults: readonly string[]
}

export type Chart = {
  readonly title: string
  readonly unit: string
  readonly lines: readonly Line[]
}

/** Points: milliseconds since the run's start and a value; null if there is none. */
export type Line = {
  readonly name: string
  readonly points: readonly (readonly [atMs: number, value: number | null])[]
}

/** 0 if a metric has no samples: then it is not in the summary. */
export function statOf(data: SummaryData, metric: string, value = 'count'): number {
  return data.metrics[metric]?.values[value] ?? 0
}
