// Asks a broker for the cluster's metadata: the health check of Kafka. Speaks two requests of its protocol
// (https://kafka.apache.org/protocol): ApiVersions v0 and Metadata v1.
import type { Address } from '../nodes.ts'
import { type Exchange, withConnection } from './exchange.ts'

const API_VERSIONS = 18
const METADATA = 3
const CORRELATION = 1
const CLIENT_ID = 'tally-infra'

export type BrokerAddress = Address & { readonly nodeId: number }

/** The brokers that take part in the cluster, as this one sees them. */
export function brokersSeenBy(address: Address): Promise<BrokerAddress[]> {
  return withConnection(address, async (exchange) => {
    await call(exchange, API_VERSIONS, 0, Buffer.alloc(0))
    const noTopics = Buffer.alloc(4)
    return parseBrokers(await call(exchange, METADATA, 1, noTopics))
  })
}

async function call(exchange: Exchange, apiKey: number, version: number, body: Buffer): Promise<Buffer> {
  const head = Buffer.alloc(14)
  head.writeInt32BE(head.length - 4 + CLIENT_ID.length + body.length, 0)
  head.writeInt16BE(apiKey, 4)
  head.writeInt16BE(version, 6)
  head.writeInt32BE(CORRELATION, 8)
  head.writeInt16BE(CLIENT_ID.length, 12)
  const answer = await exchange(Buffer.concat([head, Buffer.from(CLIENT_ID), body]), frameBytes)
  return answer.subarray(8)
}

function frameBytes(received: Buffer): number | null {
  return received.length < 4 ? null : 4 + received.readInt32BE(0)
}

/** `body`: a Metadata v1 response without its header. */
export function parseBrokers(body: Buffer): BrokerAddress[] {
  const brokers: BrokerAddress[] = []
  let at = 4
  for (let left = body.readInt32BE(0); left > 0; left--) {
    const nodeId = body.readInt32BE(at)
    const hostEnd = at + 6 + body.readInt16BE(at + 4)
    const host = body.toString('utf8', at + 6, hostEnd)
    const port = body.readInt32BE(hostEnd)
    const rackBytes = Math.max(0, body.readInt16BE(hostEnd + 4))
    at = hostEnd + 6 + rackBytes
    brokers.push({ nodeId, host, port })
  }
  return brokers
}
