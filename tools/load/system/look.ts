// One reading of a process: its own metrics and the operating system's figures.
import { readFile } from 'node:fs/promises'
import { MS_PER_SECOND } from '../../../load-tests/lib/durations.ts'
import type { Watched } from '../targets/target.ts'
import { Exposition } from './exposition.ts'

/** Null: unknown. Counters count from the start of the process. */
export type Look = {
  readonly atMs: number
  readonly cpuS: number | null
  readonly rssMib: number | null
  /** The 99th percentile of the event loop's delay since the previous reading. */
  readonly loopDelayMs: number | null
  readonly lagRecords: number | null
  readonly freshnessS: number | null
  /** Rows in the write queue. */
  readonly queueRows: number | null
  /** 0 closed, 1 half open, 2 open. */
  readonly breaker: number | null
  readonly spoolBytes: number | null
  readonly appends: number | null
  readonly appendS: number | null
  readonly appendFailures: number | null
  readonly halted: number | null
  readonly refusedRequests: number | null
  readonly failedRequests: number | null
}

const TIMEOUT_MS = 2_000
/** The resolution of the event loop's delay, which is also its least value. */
const LOOP_RESOLUTION_MS = 10
const BYTES_PER_MIB = 1_048_576
const KIB_PER_MIB = 1_024
/** Clock ticks per second of Linux's user interface. */
const TICKS_PER_SECOND = 100
/** Field numbers of /proc/PID/stat, counted after the name in parentheses. */
const [USER_AT, SYSTEM_AT] = [11, 12]

/** Null if it does not answer. */
export async function look(watched: Watched): Promise<Look | null> {
  const pid = await watched.pid()
  const machine = pid === null ? null : await machineFigures(pid)
  if (watched.metricsUrl === null) {
    return machine === null ? null : { ...lookOf(new Exposition('')), ...machine }
  }
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const text = await fetch(watched.metricsUrl, { signal }).then(
    (response) => (response.ok ? response.text() : null),
    () => null,
  )
  return text === null ? null : { ...lookOf(new Exposition(text)), ...machine }
}

function lookOf(metrics: Exposition): Look {
  const loopS = metrics.max('nodejs_eventloop_lag_p99_seconds')
  const rss = metrics.sum('process_resident_memory_bytes')
  return {
    atMs: Date.now(),
    cpuS: metrics.sum('process_cpu_seconds_total'),
    rssMib: rss === null ? null : rss / BYTES_PER_MIB,
    loopDelayMs: loopS === null ? null : Math.max(0, loopS * MS_PER_SECOND - LOOP_RESOLUTION_MS),
    lagRecords: metrics.sum('tally_lag_records'),
    freshnessS: metrics.max('tally_freshness_seconds'),
    queueRows: metrics.sum('tally_queue_rows'),
    breaker: metrics.max('tally_breaker_state'),
    spoolBytes: metrics.sum('tally_spool_bytes'),
    appends: metrics.sum('tally_append_seconds_count'),
    appendS: metrics.sum('tally_append_seconds_sum'),
    appendFailures: metrics.sum('tally_append_failures_total'),
    halted: metrics.sum('tally_halted_sources'),
    refusedRequests: metrics.sum('tally_event_requests_total', 'status="429"'),
    failedRequests: metrics.sum('tally_event_requests_total', 'status="5'),
  }
}

async function machineFigures(pid: number): Promise<Pick<Look, 'cpuS' | 'rssMib'> | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [, kib] = /VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'latin1')) ?? []
    return {
      cpuS: (Number(fields[USER_AT]) + Number(fields[SYSTEM_AT])) / TICKS_PER_SECOND,
      rssMib: Number(kib) / KIB_PER_MIB,
    }
  } catch {
    return null // it has ended, or this is not Linux
  }
}
