// What can go wrong with Cassandra, as the few codes that decide how to react.
import { errors, types } from 'cassandra-driver'

export type CountsErrorCode =
  /** No node, or not enough replicas, can be reached. */
  | 'unavailable'
  /** No answer in time: a write may have taken effect. */
  | 'timeout'
  | 'overloaded'
  /** The statement itself is refused; a retry will be refused too. */
  | 'refused'
  /** Wrong credentials or missing rights. */
  | 'forbidden'
  | 'schema_missing'
  | 'schema_version'
  /** Another process is migrating, or the lock was lost to one. */
  | 'migration_locked'

export class CountsError extends Error {
  readonly code: CountsErrorCode
  constructor(code: CountsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CountsError'
    this.code = code
  }
}

const { responseErrorCodes } = types

/** Section 9 of native_protocol_v4.spec. Everything that is not listed may be retried. */
const CODES: ReadonlyMap<number, CountsErrorCode> = new Map([
  [responseErrorCodes.badCredentials, 'forbidden'],
  [responseErrorCodes.unauthorized, 'forbidden'],
  [responseErrorCodes.overloaded, 'overloaded'],
  [responseErrorCodes.writeTimeout, 'timeout'],
  [responseErrorCodes.readTimeout, 'timeout'],
  [responseErrorCodes.syntaxError, 'refused'],
  [responseErrorCodes.invalid, 'refused'],
  [responseErrorCodes.configError, 'refused'],
])

/** Converts any error of the driver into ours. */
export function countsErrorOf(error: unknown): CountsError {
  if (error instanceof CountsError) return error
  const { message } = error as Error
  return new CountsError(codeOf(error), message, { cause: error })
}

function codeOf(error: unknown): CountsErrorCode {
  if (error instanceof errors.ResponseError) return CODES.get(error.code) ?? 'unavailable'
  if (error instanceof errors.OperationTimedOutError) return 'timeout'
  if (error instanceof errors.AuthenticationError) return 'forbidden'
  if (error instanceof errors.BusyConnectionError) return 'overloaded'
  if (error instanceof errors.NoHostAvailableError) return codeOfHosts(Object.values(error.innerErrors))
  return 'unavailable'
}

/** No host could serve the request: if all of them gave the same reason, that is the reason. */
function codeOfHosts(reasons: readonly unknown[]): CountsErrorCode {
  const codes = new Set(reasons.map(codeOf))
  const [code] = codes
  return code !== undefined && codes.size === 1 ? code : 'unavailable'
}

/** Whether an error asks for fewer requests at once. */
export function isOverload(error: unknown): boolean {
  return error instanceof CountsError && (error.code === 'timeout' || error.code === 'overloaded')
}
