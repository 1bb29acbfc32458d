// In which time zone the page shows times. The choice is in the link, and is kept in this browser.

import type { Choice } from '../parts.ts'
import { Picker } from '../picker.ts'
import { browserZone, keepZone } from './own-zone.ts'
import { offsetText } from './zones.ts'

/** Zones that browsers list by a name of yesterday. */
const RENAMED: Readonly<Record<string, string>> = {
  'Asia/Calcutta': 'Asia/Kolkata',
  'Asia/Katmandu': 'Asia/Kathmandu',
  'Asia/Rangoon': 'Asia/Yangon',
  'Asia/Saigon': 'Asia/Ho_Chi_Minh',
  'Atlantic/Faeroe': 'Atlantic/Faroe',
  'Europe/Kiev': 'Europe/Kyiv',
  'America/Buenos_Aires': 'America/Argentina/Buenos_Aires',
  'America/Godthab': 'America/Nuuk',
  'Pacific/Truk': 'Pacific/Chuuk',
  'Pacific/Ponape': 'Pacific/Pohnpei',
}

export class ZonePicker {
  readonly element: HTMLElement
  readonly #picker: Picker<string>

  constructor(onChoose: (zone: string) => void) {
    this.#picker = new Picker('Zone', (zone) => {
      keepZone(zone)
      onChoose(zone)
    })
    this.element = this.#picker.element
  }

  set(zone: string): void {
    this.#picker.set(choicesWith(zone), zone)
    this.#picker.title = `Times are shown in ${zone}, ${offsetText(zone, Date.now())}`
  }
}

function choicesWith(zone: string): readonly (Choice<string> & { readonly group?: string })[] {
  const names = new Set(Intl.supportedValuesOf('timeZone').map((name) => RENAMED[name] ?? name))
  const first = [...new Set([zone, browserZone(), 'UTC'])]
  const listed = [...names].filter((name) => name.includes('/')).sort()
  return [
    ...first.map((value) => ({ value, label: labelOf(value) })),
    ...listed
      .filter((name) => !first.includes(name))
      .map((value) => ({ value, label: cityOf(value), group: value.slice(0, value.indexOf('/')) })),
  ]
}

function labelOf(zone: string): string {
  const offset = offsetText(zone, Date.now())
  return offset === zone ? zone : `${cityOf(zone)} (${offset})`
}

function cityOf(zone: string): string {
  return zone.slice(zone.indexOf('/') + 1).replaceAll('_', ' ')
}
