// In which time zone the page shows times. The choice is in the link, and is kept in this browser.

import { type GroupedChoice, Picker } from '../picker.ts'
import { keepZone } from './own-zone.ts'
import { browserZone, offsetText } from './zones.ts'

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
  #zone = ''
  /** Of four hundred entries a browser measures each, so all zones are listed when somebody reaches for them. */
  #listsAll = false

  constructor(onChoose: (zone: string) => void) {
    this.#picker = new Picker('Zone', (zone) => {
      keepZone(zone)
      onChoose(zone)
    })
    this.element = this.#picker.element
    this.element.classList.add('zone')
    for (const reaching of ['pointerdown', 'focusin'])
      this.element.addEventListener(reaching, () => this.#listAll())
  }

  set(zone: string): void {
    this.#zone = zone
    this.#show()
  }

  #listAll(): void {
    if (this.#listsAll) return
    this.#listsAll = true
    this.#show()
  }

  #show(): void {
    const listed = this.#listsAll ? others(this.#zone) : []
    this.#picker.set([...nearest(this.#zone), ...listed], this.#zone, !this.#listsAll)
    this.#picker.title = `Times are shown in ${this.#zone}, ${offsetText(this.#zone, Date.now())}`
  }
}

function nearestNames(zone: string): Set<string> {
  return new Set([zone, browserZone(), 'UTC'])
}

function nearest(zone: string): readonly GroupedChoice<string>[] {
  return Array.from(nearestNames(zone), (value) => ({ value, label: labelOf(value) }))
}

function others(zone: string): readonly GroupedChoice<string>[] {
  const known = nearestNames(zone)
  const names = new Set(Intl.supportedValuesOf('timeZone').map((name) => RENAMED[name] ?? name))
  return [...names]
    .filter((name) => name.includes('/') && !known.has(name))
    .sort()
    .map((value) => ({ value, label: cityOf(value), group: value.slice(0, value.indexOf('/')) }))
}

function labelOf(zone: string): string {
  const offset = offsetText(zone, Date.now())
  return offset === zone ? zone : `${cityOf(zone)} (${offset})`
}

function cityOf(zone: string): string {
  return zone.slice(zone.indexOf('/') + 1).replaceAll('_', ' ')
}
