// The time zone of this reader: the one that was chosen last in this browser, or the browser's own.
import { browserZone, isZone } from './zones.ts'

const KEY = 'tally-zone'

export function ownZone(): string {
  const kept = localStorage.getItem(KEY) ?? ''
  return isZone(kept) ? kept : browserZone()
}

export function keepZone(zone: string): void {
  localStorage.setItem(KEY, zone)
}
