// Sends events, some of them twice and one that is refused, and reads back what was counted. Runs wherever the SDK does,
// and is compiled against its types by each compiler.
import { createClient, type ProcessResult, TallyError, type TallyEvent } from '@tally/sdk'
import { createReader, type Summary } from '@tally/sdk/read'
import { createSender, type Ledger } from '@tally/sdk/send'

const EVENTS = 250
const SENT_TWICE = 100
const TRACKED = 120
const POLL_MS = 50
const PATIENCE_MS = 30_000

export type Outcome = {
  readonly accepted: number
  readonly rejected: readonly number[]
  readonly count: number
  readonly sum: number
  readonly codeOfFault: string
  readonly ledger: Ledger
  readonly tracked: number
}

export async function sendAndReadBack(url: string, videoId: string): Promise<Outcome> {
  const tally = createClient({ url })
  const events = Array.from(
    { length: EVENTS },
    (_, i): TallyEvent => ({ id: `${videoId}-${i}`, videoId, type: 'view', value: i / 8 }),
  )
  const first: ProcessResult = await tally.processEvents(events)
  const second = await tally.processEvents([...events.slice(0, SENT_TWICE), { videoId, type: 'No Type' }])
  const ledger = await trackAll(url, videoId)
  const deadlineMs = Date.now() + PATIENCE_MS
  const value = async (type: string) => (await tally.getStats(videoId, type, 'count')).value
  while ((await value('view')) !== EVENTS || (await value('like')) !== TRACKED) {
    if (Date.now() > deadlineMs) throw new Error(`not counted within ${PATIENCE_MS} ms`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  const reader = createReader({ url })
  const summary: Summary = await reader.getSummary(videoId)
  return {
    accepted: first.accepted + second.accepted,
    rejected: second.rejected.map(({ index }) => index),
    count: summary.types.view?.count ?? 0,
    sum: summary.types.view?.sum ?? 0,
    ledger,
    tracked: summary.types.like?.count ?? 0,
    codeOfFault: await reader.getStats('', 'view', 'count').then(() => 'none', codeOf),
  }
}

/** One by one, as they happen; `close` waits until each is stored. */
async function trackAll(url: string, videoId: string): Promise<Ledger> {
  const sender = createSender({ url })
  for (let i = 0; i < TRACKED; i++) sender.track({ videoId, type: 'like' })
  const left = await sender.close({ timeoutMs: PATIENCE_MS })
  if (left.length > 0) throw new Error(`${left.length} events were not sent`)
  return sender.ledger()
}

/** Both entries fail with the same class, or this finds none. */
function codeOf(error: unknown): string {
  return error instanceof TallyError ? error.code : `not a TallyError: ${error}`
}
