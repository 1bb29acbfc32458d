// Looks at the start whether TLS to Kafka works. The client libraries hide from their callers why a broker closes a
// connection, as it does where it does not know our certificate.
import { once } from 'node:events'
import { connect } from 'node:tls'
import { inTime } from '../../../lib/in-time.ts'
import { tlsFault } from '../../../lib/tls-fault.ts'
import type { TlsOptions } from '../../../lib/tls-settings.ts'
import { REQUEST_TIMEOUT_MS } from './kafka-client.ts'
import { refused } from './refused.ts'

/** An ApiVersions request, version 0, without a client id: what any broker answers anybody. */
const REQUEST = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff])

/**
 * Fails with a LogError that is a refusal if a certificate is refused, by us or by a broker. A broker that is away is
 * nothing that is known of here.
 */
export async function refuseWrongTls(brokers: readonly string[], tls: TlsOptions): Promise<void> {
  const outcomes = await Promise.allSettled(brokers.map((broker) => ask(broker, tls)))
  if (outcomes.some(({ status }) => status === 'fulfilled')) return
  for (const outcome of outcomes) {
    const why = outcome.status === 'rejected' ? tlsFault(outcome.reason) : null
    if (why !== null) throw refused(why, (outcome as PromiseRejectedResult).reason)
  }
}

/** A server sends its verdict on our certificate after the handshake: only an answer shows that it takes it. */
async function ask(broker: string, tls: TlsOptions): Promise<void> {
  const split = broker.lastIndexOf(':')
  const [host, port] = [broker.slice(0, split), Number(broker.slice(split + 1))]
  const socket = connect({ host, port, ...tls }, () => socket.write(REQUEST))
  socket.once('end', () => socket.destroy(new Error('the broker has closed the connection')))
  try {
    const answer = once(socket, 'data')
    await inTime(answer, REQUEST_TIMEOUT_MS, () => new Error(`no answer within ${REQUEST_TIMEOUT_MS} ms`))
  } finally {
    socket.on('error', () => {})
    socket.destroy()
  }
}
