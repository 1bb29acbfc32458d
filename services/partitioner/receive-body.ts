// Receives a body in chunks, and reserves room for what has arrived, so that senders who never finish are bounded
// too.
import type { IncomingMessage } from 'node:http'
import { ProblemError } from '../../lib/http/problem.ts'
import type { Hold } from './in-flight.ts'

const FIRST_BYTES = 4 << 10
const NOTHING = Buffer.alloc(0)

/**
 * The bytes as they were sent, at most `bytesMax`. Fails with a ProblemError: `body-too-large`, or `overloaded` if
 * there is no room; and with the error of a connection that ends before the body does.
 */
export async function receiveBody(payload: IncomingMessage, bytesMax: number, hold: Hold): Promise<Buffer> {
  const declaredBytes = Number(payload.headers['content-length'] ?? 0)
  if (declaredBytes > bytesMax) throw tooLarge(bytesMax)
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  let body: Buffer = NOTHING
  let bytes = 0
  payload.on('data', (chunk: Buffer) => {
    const to = bytes + chunk.length
    if (to > bytesMax) return reject(tooLarge(bytesMax))
    if (!hold.growBy(chunk.length)) return reject(overloaded())
    if (bytes === 0 && chunk.length === declaredBytes)
      body = chunk // most bodies come in one piece
    else {
      // Chunks may have one byte each, so they are copied.
      if (to > body.length) body = grown(body, bytes, Math.max(to, FIRST_BYTES))
      chunk.copy(body, bytes)
    }
    bytes = to
  })
  payload.once('end', () => resolve(body.subarray(0, bytes)))
  payload.once('error', reject)
  try {
    return await promise
  } catch (error) {
    payload.removeAllListeners('data').on('data', () => {}) // the rest is let through, so that the sender reads why
    throw error
  }
}

/** At least doubles the buffer, so that small chunks are not copied again and again. */
function grown(body: Buffer, filled: number, bytesMin: number): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafe(Math.max(2 * body.length, bytesMin))
  body.copy(larger, 0, 0, filled)
  return larger
}

export function overloaded(): ProblemError {
  return new ProblemError({
    type: 'overloaded',
    detail: 'None of these events is stored. Send them again in a moment.',
  })
}

function tooLarge(bytesMax: number): ProblemError {
  return new ProblemError({
    type: 'body-too-large',
    detail: `Send at most ${bytesMax} bytes.`,
  })
}
