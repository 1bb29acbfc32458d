// The settings of the probe of the weak audit.

import type { SettingsReader } from '../../../lib/settings-reader.ts'
import { PROBE_INTERVAL_MS_MIN } from './prober.ts'

export type ProbeSettings = { readonly intervalMs: number; readonly key: string | null }

const INTERVAL_S_MIN = PROBE_INTERVAL_MS_MIN / 1_000
/** TallyProbeFails waits for two in ten minutes, TallyProbeStops for none in a quarter of an hour. */
const INTERVAL_S_MAX = 300

/** Null if there is no probe: it is off, or keys are on and it has none. */
export function readProbeSettings(read: SettingsReader, keysAreOn: boolean): ProbeSettings | null {
  const range = { least: INTERVAL_S_MIN, most: INTERVAL_S_MAX, orZero: true }
  const intervalMs = read.wholeNumber('PROBE_INTERVAL_S', INTERVAL_S_MIN, range) * 1_000
  const key = read.secret('PROBE_KEY') ?? ''
  if (intervalMs === 0) return null
  if (!keysAreOn || key !== '') return { intervalMs, key: key === '' ? null : key }
  if (read.isGiven('PROBE_INTERVAL_S'))
    read.refuse('PROBE_INTERVAL_S needs a PROBE_KEY where API_KEYS are set')
  return null
}
