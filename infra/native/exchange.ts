// Requests and answers over a new TCP connection: all that a health probe needs of a protocol.
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Address } from '../nodes.ts'

const PROBE_TIMEOUT_MS = 5_000

/** Sends `request` and reads until `answerBytes` says how long the answer is and that much has arrived. */
export type Exchange = (
  request: Uint8Array | string,
  answerBytes: (received: Buffer) => number | null,
) => Promise<Buffer>

/** Runs `talk` on a connection that is closed afterwards, and that breaks after PROBE_TIMEOUT_MS. */
export async function withConnection<T>(
  address: Address,
  talk: (exchange: Exchange) => Promise<T>,
): Promise<T> {
  const socket = connect(address.port, address.host)
  const tooLate = setTimeout(() => socket.destroy(new Error('no answer in time')), PROBE_TIMEOUT_MS)
  try {
    await once(socket, 'connect')
    const chunks: AsyncIterator<Buffer> = socket[Symbol.asyncIterator]()
    return await talk(async (request, answerBytes) => {
      socket.write(request)
      let received = Buffer.alloc(0)
      while (received.length < (answerBytes(received) ?? Number.POSITIVE_INFINITY)) {
        const { value, done } = await chunks.next()
        if (done) throw new Error('the connection was closed before an answer')
        received = Buffer.concat([received, value])
      }
      return received
    })
  } finally {
    clearTimeout(tooLate)
    socket.destroy()
  }
}

/** Whether anything accepts connections there. */
export function accepts(address: Address): Promise<boolean> {
  return withConnection(address, async () => true).catch(() => false)
}
