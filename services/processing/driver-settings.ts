// Reads the settings for counting a source's events.

import { MIB } from '../../lib/byte-units.ts'
import { readCountedWindow } from '../../lib/event-window.ts'
import { RETRY_POLICY } from '../../lib/retry.ts'
import type { SettingsReader } from '../../lib/settings-reader.ts'
import { readUnknownSchemas } from '../../lib/unknown-schemas.ts'
import { HOUR_MS, MINUTE_MS } from '../../model/bucket.ts'
import type { DriverSettings } from './driver.ts'

export function readDriverSettings(read: SettingsReader, hints: boolean): DriverSettings {
  return {
    ...readCountedWindow(read),
    flushIntervalMs: read.wholeNumber('FLUSH_INTERVAL_MS', 1_000, { least: 10, most: MINUTE_MS }),
    flushRowsMax: 20_000,
    writersMax: 2,
    queueRowsMax: 100_000,
    totalsRowsMax: read.wholeNumber('TOTALS_ROWS_MAX', 500_000, { least: 0, most: 1e8 }),
    hints,
    readBytesMax: 256 << 10,
    idleWaitMs: 250,
    retry: RETRY_POLICY,
    unknownSchemas: readUnknownSchemas(read),
    snapshotIntervalMs: read.wholeNumber('SNAPSHOT_INTERVAL_MS', MINUTE_MS, { least: 1_000, most: HOUR_MS }),
    snapshotBytesMax: 128 * MIB,
    snapshotPieceBytes: 2 * MIB,
  }
}
