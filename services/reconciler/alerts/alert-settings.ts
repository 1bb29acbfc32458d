// The settings of alerts: how often they are judged, and whom webhooks may be sent to beside the public internet.
import type { SettingsReader } from '../../../lib/settings-reader.ts'
import { MINUTE_MS, SECOND_MS } from '../../../model/bucket.ts'
import { type AllowedReceivers, parseReceivers } from './public-address.ts'

export type AlertSettings = {
  /** 0: none is judged, and nothing is sent but tests. */
  readonly intervalMs: number
  readonly receivers: AllowedReceivers
}

export function readAlertSettings(read: SettingsReader): AlertSettings {
  return {
    intervalMs: read.wholeNumber('ALERTS_INTERVAL_MS', 5 * SECOND_MS, {
      least: 100,
      most: MINUTE_MS,
      orZero: true,
    }),
    receivers: read.parsed('WEBHOOK_HOSTS', parseReceivers, new Set()),
  }
}
