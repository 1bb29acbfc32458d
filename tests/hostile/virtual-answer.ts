// An answer as fetch gives it, light enough for millions of them.
import type { Reply } from './behaviours.ts'

const BLANKS = new Uint8Array(64 * 1_024).fill(0x20)

/** `onEnd`: its body was read to the end, broke, or was given up. */
export function answerOf(
  reply: Exclude<Reply, { kind: 'reset' | 'hang' }>,
  url: string,
  epochMs: number,
  onEnd: () => void,
): Response {
  const headers = new Headers('headers' in reply ? reply.headers : {})
  headers.set('date', new Date(epochMs).toUTCString())
  const chunks = chunksOf(reply)
  const reader = {
    async read() {
      const { done, value } = chunks.next()
      if (value instanceof Error) {
        onEnd()
        throw value
      }
      if (done) onEnd()
      return { done, value }
    },
    cancel: async () => onEnd(),
  }
  const body = { getReader: () => reader, cancel: async () => onEnd() }
  const status = reply.kind === 'endless' ? 202 : reply.status
  return { status, headers, url, redirected: false, type: 'basic', body } as unknown as Response
}

function* chunksOf(
  reply: Exclude<Reply, { kind: 'reset' | 'hang' }>,
): Generator<Uint8Array | Error, undefined> {
  if (reply.kind === 'endless') for (;;) yield BLANKS
  if (reply.body !== '') yield Buffer.from(reply.body)
  if (reply.kind === 'cut') yield new TypeError('terminated', { cause: new Error('other side closed') })
  return undefined
}

/** What a request sends: the SDK hands over a long body as bytes. */
export function bodyText({ body }: RequestInit): string {
  return typeof body === 'string' ? body : new TextDecoder().decode(body as Uint8Array<ArrayBuffer>)
}
