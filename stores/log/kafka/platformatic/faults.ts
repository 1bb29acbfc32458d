// The faults of @platformatic/kafka in the terms of the log.
import { findErrorBy } from '@platformatic/kafka'
import { tlsFault } from '../../../../lib/tls-fault.ts'
import { LogError } from '../../log.ts'
import { REFUSALS, refused } from '../refused.ts'

/** Whether a broker answered with this error of the protocol, alone or among others. */
export function hasCode(error: unknown, apiId: string): boolean {
  return error instanceof Error && findErrorBy(error as never, 'apiId', apiId) !== null
}

/** Whether the library itself refused with this code. */
export function hasCodeOf(error: Error, code: string): boolean {
  return findErrorBy(error as never, 'code', code) !== null
}

export function logFault(error: unknown): LogError {
  if (error instanceof LogError) return error
  if (hasCode(error, 'OFFSET_OUT_OF_RANGE')) {
    return new LogError('offset_out_of_range', 'The broker does not hold this offset.', { cause: error })
  }
  if (hasCode(error, 'UNKNOWN_TOPIC_OR_PARTITION') || hasCode(error, 'UNKNOWN_TOPIC_ID')) {
    return new LogError('unknown_partition', 'The broker does not know this partition.', { cause: error })
  }
  const untrusted = tlsFault(error)
  if (untrusted !== null) return refused(untrusted, error)
  if (isRefusal(error)) return refused(innermost(error), error)
  return new LogError('unavailable', `Kafka failed: ${innermost(error)}`, { cause: error })
}

function isRefusal(error: unknown): boolean {
  if (REFUSALS.some((apiId) => hasCode(error, apiId))) return true
  return error instanceof Error && hasCodeOf(error, 'PLT_KFK_AUTHENTICATION')
}

/** The wrapped error says more than the wrapper. */
function innermost(error: unknown): string {
  const wrapped = error instanceof AggregateError ? error.errors.at(-1) : undefined
  if (wrapped !== undefined) return innermost(wrapped)
  return error instanceof Error ? error.message : String(error)
}
