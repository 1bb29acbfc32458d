// Which program runs each kind of server.
import { InfraFault } from '../fault.ts'
import type { Kind } from '../nodes.ts'
import { cassandra } from './cassandra.ts'
import { kafka } from './kafka.ts'
import { nginx } from './nginx.ts'
import type { ServerProgram } from './program.ts'
import { redis } from './redis.ts'
import { s3 } from './s3.ts'
import { toxiproxy } from './toxiproxy.ts'

const PROGRAMS: Readonly<Partial<Record<Kind, ServerProgram>>> = {
  kafka,
  cassandra,
  redis,
  s3,
  toxiproxy,
  nginx,
}

/** Fails with `unsupported` for servers that only docker can run. */
export function programOf(kind: Kind): ServerProgram {
  const program = PROGRAMS[kind]
  if (program === undefined)
    throw new InfraFault('unsupported', `${kind} needs a docker engine, and none answers.`)
  return program
}
