// What is done with events that a later release has written.
import type { SettingsReader } from './settings-reader.ts'

/** `wait`: their source waits for that release. `dead-letter`: they are put aside, where no release can read them. */
export type UnknownSchemas = 'wait' | 'dead-letter'

export function readUnknownSchemas(read: SettingsReader): UnknownSchemas {
  return read.oneOf('UNKNOWN_SCHEMAS', 'wait', ['wait', 'dead-letter'])
}
