// The faults of kafkajs in the terms of the log.
import { tlsFault } from '../../../../lib/tls-fault.ts'
import { LogError } from '../../log.ts'
import { REFUSALS, refused } from '../refused.ts'

/** Whether a broker answered with this error of the protocol, even wrapped in an error about exhausted retries. */
export function hasType(error: unknown, type: string): boolean {
  if (!(error instanceof Error)) return false
  if ('type' in error && error.type === type) return true
  if (error.name === 'KafkaJSAggregateError' && 'errors' in error) {
    return (error.errors as unknown[]).some((one) => hasType(one, type))
  }
  return hasType(error.cause, type)
}

export function logFault(error: unknown): LogError {
  if (error instanceof LogError) return error
  if (hasType(error, 'OFFSET_OUT_OF_RANGE')) {
    return new LogError('offset_out_of_range', 'The broker does not hold this offset.', { cause: error })
  }
  if (hasType(error, 'UNKNOWN_TOPIC_OR_PARTITION')) {
    return new LogError('unknown_partition', 'The broker does not know this partition.', { cause: error })
  }
  const untrusted = tlsFault(error)
  if (untrusted !== null) return refused(untrusted, error)
  const said = error instanceof Error ? error.message : String(error)
  if (isRefusal(error)) return refused(said, error)
  return new LogError('unavailable', `Kafka failed: ${said}`, { cause: error })
}

function isRefusal(error: unknown): boolean {
  if (REFUSALS.some((type) => hasType(error, type))) return true
  if (!(error instanceof Error)) return false
  return error.name === 'KafkaJSSASLAuthenticationError' || isRefusal(error.cause)
}
