// For tests: what an administrator of Kafka does with users and rights. The broker takes him without a sign-in.
import { pbkdf2Sync, randomBytes } from 'node:crypto'
import {
  AclOperations,
  AclPermissionTypes,
  Admin,
  alterUserScramCredentialsV0,
  ConnectionPool,
  ResourcePatternTypes,
  ResourceTypes,
} from '@platformatic/kafka'

/** The number of the mechanism in the protocol, and the hash with its length. */
const MECHANISMS = [
  [1, 'sha256', 32],
  [2, 'sha512', 64],
] as const
const ITERATIONS = 4_096

/** For both mechanisms. The broker keeps what proves that somebody knows the password (RFC 5802). */
export async function addScramUser(broker: string, name: string, password: string): Promise<void> {
  const pool = new ConnectionPool('test', {})
  const [host, port] = broker.split(':')
  const connection = await pool.get({ host: host!, port: Number(port) })
  for (const [mechanism, hash, bytes] of MECHANISMS) {
    const salt = randomBytes(16)
    const saltedPassword = pbkdf2Sync(password, salt, ITERATIONS, bytes, hash)
    const credential = { name, mechanism, iterations: ITERATIONS, salt, saltedPassword }
    await alterUserScramCredentialsV0.api.async(connection, [], [credential]) // one user once in a request
  }
  await pool.close()
}

/** @param rights like `READ topic tally.*`, by user */
export async function allow(broker: string, rights: ReadonlyMap<string, readonly string[]>): Promise<void> {
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [broker] })
  const creations = Array.from(rights).flatMap(([user, ofUser]) => ofUser.map((right) => aclOf(user, right)))
  await admin.createAcls({ creations })
  await admin.close()
}

function aclOf(user: string, right: string) {
  const [operation, kind, name] = right.split(' ') as ['READ', 'topic', string]
  const isPrefix = name.endsWith('*')
  return {
    resourceType: ResourceTypes[kind.toUpperCase() as 'TOPIC' | 'GROUP'],
    resourceName: isPrefix ? name.slice(0, -1) : name,
    resourcePatternType: isPrefix ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
    principal: `User:${user}`,
    host: '*',
    operation: AclOperations[operation],
    permissionType: AclPermissionTypes.ALLOW,
  }
}
