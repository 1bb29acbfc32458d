// The settings of the probe of the weak audit.

import type { SettingsReader } from '../../lib/settings-reader.ts'
import { PROBE_INTERVAL_MS_MIN } from './prober.ts'

export type ProbeSettings = { readonly intervalMs: number; readonly key: string | null }

const DAY_S = 86_400

/** Null if there is no probe: it is off, or keys are on and it has none. */
export function readProbeSettings(read: SettingsReader, keysAreOn: boolean): ProbeSettings | null {
  const seconds = read.wholeNumber('PROBE_INTERVAL_S', PROBE_INTERVAL_MS_MIN / 1_000, {
    least: 0,
    most: DAY_S,
  })
  const key = read.text('PROBE_KEY', '')
  if (seconds === 0 || (keysAreOn && key === '')) return null
  return { intervalMs: Math.max(seconds * 1_000, PROBE_INTERVAL_MS_MIN), key: key === '' ? null : key }
}
