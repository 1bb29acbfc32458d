// Asks a Cassandra node one question: its health check. Speaks three messages of the CQL binary protocol, version 4
// (native_protocol_v4.spec in Cassandra's documentation): STARTUP, READY and QUERY.
import type { Address } from '../nodes.ts'
import { type Exchange, withConnection } from './exchange.ts'

const VERSION = 4
const HEADER_BYTES = 9
const OPCODE = {
  error: 0x00,
  startup: 0x01,
  ready: 0x02,
  authenticate: 0x03,
  query: 0x07,
  result: 0x08,
} as const
const CONSISTENCY = { ONE: 0x0001, QUORUM: 0x0004, ALL: 0x0005 } as const

/**
 * Rejects with the node's error message if it refuses, for example because it considers a replica dead. A node that
 * wants to know who asks serves, and is asked no further.
 */
export function askCql(
  address: Address,
  query: string,
  consistency: keyof typeof CONSISTENCY,
): Promise<void> {
  return withConnection(address, async (exchange) => {
    const greeting = await call(exchange, OPCODE.startup, startupBody(), OPCODE.ready, OPCODE.authenticate)
    if (greeting === OPCODE.authenticate) return
    await call(exchange, OPCODE.query, queryBody(query, CONSISTENCY[consistency]), OPCODE.result)
  })
}

async function call(
  exchange: Exchange,
  opcode: number,
  body: Buffer,
  ...wanted: readonly number[]
): Promise<number> {
  const answer = await exchange(frame(opcode, body), frameBytes)
  const got = answer[4]!
  if (wanted.includes(got)) return got
  const says = got === OPCODE.error ? answer.toString('utf8', HEADER_BYTES + 6) : `opcode ${got}`
  throw new Error(`the node answered: ${says}`)
}

export function frame(opcode: number, body: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header[0] = VERSION
  header[4] = opcode
  header.writeInt32BE(body.length, 5)
  return Buffer.concat([header, body])
}

function frameBytes(received: Buffer): number | null {
  return received.length < HEADER_BYTES ? null : HEADER_BYTES + received.readInt32BE(5)
}

function startupBody(): Buffer {
  const pairs = Buffer.alloc(2)
  pairs.writeInt16BE(1)
  return Buffer.concat([pairs, string('CQL_VERSION'), string('3.0.0')])
}

function string(text: string): Buffer {
  const length = Buffer.alloc(2)
  length.writeInt16BE(text.length)
  return Buffer.concat([length, Buffer.from(text)])
}

function queryBody(query: string, consistency: number): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(query.length)
  const options = Buffer.alloc(3)
  options.writeUInt16BE(consistency)
  return Buffer.concat([length, Buffer.from(query), options])
}
