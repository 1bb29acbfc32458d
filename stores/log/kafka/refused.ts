// What Kafka refuses whoever asks again: credentials and rights.
import { LogError } from '../log.ts'

/** Names of errors of the protocol (kafka.apache.org/protocol, error codes). */
export const REFUSALS: readonly string[] = [
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'ILLEGAL_SASL_STATE',
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
]

/** `why` continues the sentence. */
export function refused(why: string, cause: unknown): LogError {
  return new LogError('unavailable', `Kafka cannot be used: ${why.replace(/\.$/, '')}.`, {
    cause,
    isRefusal: true,
  })
}
