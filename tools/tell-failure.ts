// How a command ends that works on the servers of a cluster.
import { Fault } from '../lib/fault.ts'
import { SettingsError } from '../lib/settings-reader.ts'
import { CountsError } from '../stores/cassandra/counts-error.ts'
import { LogError } from '../stores/log/log.ts'
import { S3Error } from '../stores/objects/s3/s3-error.ts'

const EXPECTED = [Fault, SettingsError, CountsError, LogError, S3Error]

/** Exit code 1. What may happen to anybody is told in its own words, anything else with where it came from. */
export function tellFailure(error: unknown): void {
  console.error(EXPECTED.some((kind) => error instanceof kind) ? (error as Error).message : error)
  process.exitCode = 1
}
