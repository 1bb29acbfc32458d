// The report of a run, and whether it failed. Pure.
import type { Notes } from './batches.ts'
import type { Comparison, Difference } from './compare.ts'
import type { Truth } from './file-counts.ts'
import type { Options } from './replay-options.ts'
import type { Sent } from './send.ts'

export type Outcome = {
  readonly options: Options
  readonly truth: Truth
  readonly sent: Sent
  readonly notes: Notes
  /** The downtime of each killed server. */
  readonly downMs: readonly number[]
  readonly retries: number
  readonly visibleMs: number
  readonly comparison: Comparison
}

const DIFFERENCES_SHOWN = 10

export function reportLines(outcome: Outcome): string[] {
  const { options, truth, sent, notes, comparison } = outcome
  return [
    `read          ${int(truth.rows)} rows, ${int(notes.unreadable)} unreadable`,
    ...notes.firstUnreadable.map((text) => `              ${text}`),
    `sent          ${int(sent.events)} events (${int(sent.events - notes.copies)} and ` +
      `${int(notes.copies)} copies) in ${sent.seconds.toFixed(1)} s: ` +
      `${int(sent.events / sent.seconds)} events/s`,
    `acknowledged  p50 ${int(percentile(sent.ackMs, 0.5))} ms, p99 ${int(percentile(sent.ackMs, 0.99))} ms ` +
      `per request of ${options.batch}; longest gap ${seconds(sent.gapMs)}`,
    killsLine(outcome),
    `visible       ${seconds(outcome.visibleMs)} after the last acknowledgement`,
    ...faults(outcome),
    `agree: ${int(comparison.agreeing)} of ${int(comparison.keys)} (video, type) keys × count, sum, average`,
    ...comparison.differences.slice(0, DIFFERENCES_SHOWN).map(differenceLine),
    ...more(comparison.differences.length - DIFFERENCES_SHOWN),
  ]
}

/** Why the run failed; empty if it did not. Differences are listed elsewhere. */
function faults({ options, truth, sent, notes }: Outcome): string[] {
  const lines: string[] = []
  if (sent.late > 0) {
    lines.push(
      `LATE: ${int(sent.late)} events were older than the server's horizon: not in the answers yet. ` +
        (options.rebase
          ? 'The run took longer than the horizon less the span: send fewer rows, or lower --span-minutes.'
          : 'The times of the file are old: use --rebase.'),
    )
  }
  if (sent.rejected > 0) {
    lines.push(`REJECTED: ${int(sent.rejected)} events, such as`)
    for (const { code, detail, event } of sent.rejections) {
      lines.push(`  ${code}: ${detail} ${JSON.stringify(event)}`)
    }
  }
  if (notes.unreadable !== truth.unreadable) {
    lines.push(
      `UNREADABLE ROWS: ${int(notes.unreadable)} by one way of reading, ${int(truth.unreadable)} by another`,
    )
  }
  if (sent.events - notes.copies !== truth.events) {
    lines.push(
      `EVENTS: ${int(sent.events - notes.copies)} by one way of reading, ${int(truth.events)} by another`,
    )
  }
  return lines
}

export function failed(outcome: Outcome): boolean {
  return outcome.comparison.differences.length > 0 || faults(outcome).length > 0
}

function killsLine({ downMs, retries }: Outcome): string {
  const again = `${int(retries)} requests sent again`
  if (downMs.length === 0) return `server        ${again}`
  const away = `${seconds(Math.min(...downMs))} to ${seconds(Math.max(...downMs))}`
  return `server        killed ${downMs.length} times with kill -9, back after ${away}; ${again}`
}

function differenceLine({ videoId, type, fn, expected, found }: Difference): string {
  return `  DIFFERS: ${videoId} ${type} ${fn}: expected ${expected}, found ${found}`
}

function more(count: number): string[] {
  return count > 0 ? [`  … and ${int(count)} more`] : []
}

/** The value below or at which the given share of the values lies (nearest rank); 0 if there are none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
}

function int(value: number): string {
  return Math.round(value).toLocaleString('en')
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`
}
