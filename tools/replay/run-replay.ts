// One run against a running server: send (and kill) → wait → compare.
import { type Client, createClient } from '../../sdk/src/node/index.ts'
import { batches, type Notes } from './batches.ts'
import { compare, type Range } from './compare.ts'
import type { Truth } from './file-counts.ts'
import { Killer, killPoints } from './kills.ts'
import { Progress, type Screen } from './progress.ts'
import { seededRandom } from './random.ts'
import type { Options } from './replay-options.ts'
import type { Outcome } from './report.ts'
import { send } from './send.ts'
import { askUpTo, requireEmpty } from './server-state.ts'
import { rebase, type Span } from './to-events.ts'

/** The server, and how to kill and restart it if it is ours, which returns its downtime in milliseconds. */
export type Target = { readonly url: string; readonly kill: () => Promise<number> }

const COPY_PLACES_MAX = 100_000
/** How long to wait for a killed server to come back before the run fails. */
const RIDE_OUT = { attemptsMax: Number.POSITIVE_INFINITY, deadlineMs: 120_000, delayCapMs: 500 }
/** A short timeout, to find out quickly whether there is a server at all. */
const FIRST_CALL = { attemptsMax: 2 }
const REQUEST_TIMEOUT_MS = 30_000

/** Fails with a Fault, a TallyError, or the signal's reason. */
export async function run(
  options: Options,
  truth: Truth,
  target: Target,
  screen: Screen,
  ending: AbortController,
): Promise<Outcome> {
  const { prefix, concurrency } = options
  const { signal } = ending
  let retries = 0
  const settings = {
    url: target.url,
    ...(options.apiKey !== null && { apiKey: options.apiKey }),
    timeoutMs: REQUEST_TIMEOUT_MS,
  }
  const client = createClient({ ...settings, retry: RIDE_OUT, onRetry: () => retries++ })
  const span = spanOf(options, truth)
  const range: Range = { fromMs: span.firstMs, toMs: span.lastMs + 1 }
  await requireEmpty(createClient({ ...settings, retry: FIRST_CALL }), truth, range, prefix, signal)

  const { sent, notes, downMs } = await sendAll(options, truth, span, client, target, screen, ending)
  const { lastAckMs } = sent
  const first = prefix + truth.videos.keys().next().value!
  await askUpTo(
    lastAckMs,
    () => client.getStats(first, 'view', 'count', undefined, undefined, { signal }),
    signal,
  )
  const visibleMs = Date.now() - lastAckMs
  const comparison = await compare(client, truth, range, prefix, lastAckMs, concurrency, signal)
  return { options, truth, sent, notes, downMs, retries, visibleMs, comparison }
}

async function sendAll(
  options: Options,
  truth: Truth,
  span: Span,
  client: Client,
  target: Target,
  screen: Screen,
  ending: AbortController,
) {
  const { kills, duplicates, shuffle, seed, prefix, concurrency, batch: batchEvents } = options
  // Two random generators, so that the order of events is the same with and without kills.
  const random = seededRandom(seed)
  const total = Math.round(truth.events * (1 + duplicates))
  const progress = new Progress(screen, total)
  const killer = new Killer(killPoints(kills, total, seededRandom(~seed)), target.kill, (error) =>
    ending.abort(error),
  )
  const notes: Notes = { unreadable: 0, firstUnreadable: [], copies: 0 }
  const source = batches({
    input: options,
    schedule: { shuffle, duplicates, copyPlacesMax: COPY_PLACES_MAX, random },
    batchEvents,
    timeOf: rebase(truth, span),
    prefix,
    notes,
  })
  try {
    const sent = await send(client, source, concurrency, ending, (events) => {
      progress.update(events)
      killer.progress(events)
    })
    await killer.settled()
    return { sent, notes, downMs: killer.downMs }
  } finally {
    progress.clear()
  }
}

/** The times of the events: their own, or moved to the minutes before now. */
function spanOf(options: Options, truth: Truth): Span {
  if (!options.rebase) return truth
  const nowMs = Date.now()
  return { firstMs: nowMs - options.spanMs, lastMs: nowMs }
}
