// processEvents: capture → split → send → merge.
import { TallyError } from './errors.ts'
import { type Captured, capture, type Rejection, type TallyEvent } from './event.ts'
import { isObject, request, type Transport } from './request.ts'
import { type Batch, split } from './split.ts'

export type ProcessResult = {
  /** Stored durably, late ones included. */
  readonly accepted: number
  /** How many of the accepted were too old to be counted at once: a later recount adds them. */
  readonly late: number
  /** By index in the given list, in order. */
  readonly rejected: readonly Rejection[]
}

export type ProcessOptions = { readonly signal?: AbortSignal }

export type Sender = {
  readonly transport: Transport
  readonly newId: () => string
  /** Requests in flight at once, of one call. */
  readonly concurrency: number
  /** Bodies from this many characters on are sent gzipped. */
  readonly gzipMinChars: number
}

/** See `Client.processEvents`. */
export async function processEvents(
  sender: Sender,
  events: readonly TallyEvent[],
  options: ProcessOptions = {},
): Promise<ProcessResult> {
  const { captured, rejected } = captureAll(sender, events)
  const total = { accepted: 0, late: 0, rejected }
  const unresolved = new Set(captured)
  let failed: TallyError | null = null

  const batches = split(captured).values()
  const work = async () => {
    for (const batch of batches) {
      if (failed !== null) return
      try {
        const result = await sendBatch(sender, batch, options.signal)
        total.accepted += result.accepted
        total.late += result.late
        rejected.push(...result.rejected)
        for (const event of batch.events) unresolved.delete(event)
      } catch (error) {
        failed ??= error as TallyError
      }
    }
  }
  await Promise.all(Array.from({ length: sender.concurrency }, work))

  if (failed !== null) throw withUnresolved(failed, [...unresolved])
  rejected.sort((a, b) => a.index - b.index)
  return total
}

function captureAll(sender: Sender, events: readonly TallyEvent[]) {
  const nowMs = sender.transport.runtime.nowMs()
  const captured: Captured[] = []
  const rejected: Rejection[] = []
  for (const [index, event] of events.entries()) {
    try {
      const taken = capture(event, index, sender.newId, nowMs)
      if ('json' in taken) captured.push(taken)
      else rejected.push(taken)
    } catch (cause) {
      throw new TallyError('invalid_argument', `event ${index} cannot be written as JSON`, { cause })
    }
  }
  return { captured, rejected }
}

async function sendBatch(sender: Sender, batch: Batch, signal?: AbortSignal): Promise<ProcessResult> {
  const gzipped = batch.body.length >= sender.gzipMinChars
  const answer = await request(sender.transport, {
    method: 'POST',
    path: '/v1/events',
    headers: { 'content-type': 'application/json', ...(gzipped && { 'content-encoding': 'gzip' }) },
    body: gzipped ? await gzip(batch.body) : batch.body,
    expected: [202, 422],
    signal,
  })
  if (!isResult(answer, batch.events.length)) {
    throw new TallyError('bad_response', 'the answer is not {"accepted", "late", "rejected"}')
  }
  const rejected = answer.rejected.map((one) => ({ ...one, index: batch.events[one.index]!.index }))
  return { accepted: answer.accepted, late: answer.late, rejected }
}

function isResult(answer: unknown, events: number): answer is ProcessResult {
  if (!isObject(answer) || !Array.isArray(answer.rejected)) return false
  const places = answer.rejected.every((one) => isObject(one) && isIndex(one.index, events))
  return typeof answer.accepted === 'number' && typeof answer.late === 'number' && places
}

function isIndex(index: unknown, length: number): boolean {
  return Number.isInteger(index) && (index as number) >= 0 && (index as number) < length
}

function withUnresolved(error: TallyError, unresolved: readonly Captured[]): TallyError {
  const message = `${error.message} (${unresolved.length} events unresolved)`
  return new TallyError(error.code, message, {
    cause: error,
    unresolved: unresolved.map(({ index, event }) => ({ index, event })),
    ...(error.status !== undefined && { status: error.status }),
    ...(error.problem !== undefined && { problem: error.problem }),
  })
}

async function gzip(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}
