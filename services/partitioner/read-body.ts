// Inflates a body off the event loop and never beyond its limit, so that a zip bomb costs no more than a normal body.
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { ProblemError } from '../../lib/http/problem.ts'

const inflate = promisify(gunzip)

/** The inflated bytes. Fails with a ProblemError: `unreadable-body`, `body-too-large`. */
export async function readBody(raw: Buffer, isGzipped: boolean, bytesMax: number): Promise<Buffer> {
  if (!isGzipped) return raw
  try {
    return await inflate(raw, { maxOutputLength: bytesMax })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new ProblemError({
        type: 'body-too-large',
        detail: `Send at most ${bytesMax} bytes, inflated.`,
        cause,
      })
    }
    throw new ProblemError({ type: 'unreadable-body', detail: 'The body is not valid gzip.', cause })
  }
}
