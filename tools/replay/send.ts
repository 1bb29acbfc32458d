// Sends batches through the SDK, several at once, and collects the figures of the report.
import type { Client, Rejection, TallyEvent } from '../../sdk/src/index.ts'

export type Sent = {
  events: number
  accepted: number
  late: number
  rejected: number
  /** The first rejections, for display. */
  readonly rejections: (Pick<Rejection, 'code' | 'detail'> & { readonly event: TallyEvent })[]
  /** One for each batch: from the call to its acknowledgement, retries included. */
  readonly ackMs: number[]
  /** The longest time without an acknowledgement. */
  gapMs: number
  seconds: number
  /** Epoch milliseconds; on this machine's clock. */
  lastAckMs: number
}

const REJECTIONS_SHOWN = 5

/**
 * @param onAck called after each acknowledgement with the events acknowledged so far Fails with the TallyError of the
 *   first batch that cannot be delivered, and aborts `ending` with it, so that the others end too.
 */
export async function send(
  client: Client,
  source: AsyncGenerator<TallyEvent[]>,
  concurrency: number,
  ending: AbortController,
  onAck: (events: number) => void,
): Promise<Sent> {
  const sent: Sent = {
    events: 0,
    accepted: 0,
    late: 0,
    rejected: 0,
    rejections: [],
    ackMs: [],
    gapMs: 0,
    seconds: 0,
    lastAckMs: 0,
  }
  const startMs = performance.now()
  let lastMs = startMs
  const worker = async () => {
    for await (const batch of shared(source)) {
      const sentMs = performance.now()
      const result = await client.processEvents(batch, { signal: ending.signal })
      const nowMs = performance.now()
      sent.ackMs.push(nowMs - sentMs)
      sent.gapMs = Math.max(sent.gapMs, nowMs - lastMs)
      lastMs = nowMs
      sent.events += batch.length
      sent.accepted += result.accepted
      sent.late += result.late
      keepRejections(sent, batch, result.rejected)
      onAck(sent.events)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker)).catch((error) => {
    ending.abort(error)
    throw error
  })
  sent.seconds = (lastMs - startMs) / 1_000
  sent.lastAckMs = Date.now()
  return sent
}

/** One source for all workers: leaving one worker's loop does not end it for the others. */
function shared<T>(source: AsyncGenerator<T>): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => ({ next: () => source.next() }) }
}

function keepRejections(sent: Sent, batch: readonly TallyEvent[], rejected: readonly Rejection[]) {
  sent.rejected += rejected.length
  for (const { index, code, detail } of rejected) {
    if (sent.rejections.length === REJECTIONS_SHOWN) return
    sent.rejections.push({ code, detail, event: batch[index]! })
  }
}
