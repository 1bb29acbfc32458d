// The faults of @platformatic/kafka in the terms of the log.
import { findErrorBy } from '@platformatic/kafka'
import { errorsWithin } from '../../../../lib/inner-errors.ts'
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
  const refusal = refusalIn(error)
  if (refusal !== null) return refused(refusal.message, error)
  return new LogError('unavailable', `Kafka failed: ${innermost(error)}`, { cause: error })
}

/** The library's own search passes over causes. */
function refusalIn(error: unknown): Error | null {
  for (const inner of errorsWithin(error)) {
    const { apiId } = inner as Error & { apiId?: unknown }
    if (REFUSALS.some((name) => name === apiId)) return inner
  }
  return null
}

/** The wrapped error says more than the wrapper. */
function innermost(error: unknown): string {
  const wrapped = error instanceof AggregateError ? error.errors.at(-1) : undefined
  if (wrapped !== undefined) return innermost(wrapped)
  return error instanceof Error ? error.message : String(error)
}
