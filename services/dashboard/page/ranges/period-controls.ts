// What a page of numbers through time can be set to: the range, how finely it is cut, what it is compared with, and the
// time zone. Digits choose ranges.

import { h } from '../dom.ts'
import { Segments } from '../parts.ts'
import { Picker } from '../picker.ts'
import type { CourseChoice } from '../route.ts'
import { pageKey } from '../shortcuts.ts'
import { DatesPicker } from './dates-picker.ts'
import {
  type Comparison,
  GRANULARITY_LABELS,
  type Granularity,
  PRESET_NAMES,
  PRESETS,
  type Preset,
} from './ranges.ts'
import { ZonePicker } from './zone-picker.ts'

const NO_COMPARISON = 'none'
const COMPARISON_CHOICES = [
  { value: NO_COMPARISON, label: 'nothing' },
  { value: 'previous', label: 'period before' },
  { value: 'year', label: 'year before' },
] as const

export class PeriodControls {
  readonly element: HTMLElement
  readonly #onChange: (change: Partial<CourseChoice>) => void
  readonly #presets: Segments<Preset>
  readonly #dates: DatesPicker
  readonly #granularities: Picker<Granularity>
  readonly #comparisons: Picker<Comparison | typeof NO_COMPARISON>
  readonly #zones: ZonePicker
  #choice: CourseChoice | null = null
  #zone = 'UTC'

  constructor(onChange: (change: Partial<CourseChoice>) => void, signal: AbortSignal) {
    this.#onChange = onChange
    this.#presets = new Segments('Range', (range) => onChange({ range, granularity: null }))
    // Dates are only those of a zone: a link must name it.
    this.#dates = new DatesPicker((range) => onChange({ range, granularity: null, zone: this.#zone }))
    this.#granularities = new Picker('By', (granularity) => onChange({ granularity }))
    this.#comparisons = new Picker(
      'vs.',
      (one) => onChange({ compare: one === NO_COMPARISON ? null : one }),
      'Compare with',
    )
    this.#zones = new ZonePicker((zone) => onChange({ zone }))
    const group = (...elements: readonly HTMLElement[]) => h('div', { class: 'controls-group' }, ...elements)
    this.element = h(
      'div',
      { class: 'controls' },
      group(this.#presets.element, this.#dates.button, this.#dates.panel),
      group(this.#granularities.element, this.#comparisons.element, this.#zones.element),
    )
    document.addEventListener('keydown', (event) => this.#onKey(event), { signal })
  }

  set(choice: CourseChoice, zone: string): void {
    this.#choice = choice
    this.#zone = zone
    const { range, compare } = choice
    this.#presets.set(
      PRESET_NAMES.map((value) => ({ value, label: PRESETS[value].label, name: PRESETS[value].name })),
      typeof range === 'string' ? range : null,
    )
    this.#dates.set(range, zone)
    const choices = range === 'all' ? COMPARISON_CHOICES.slice(0, 1) : COMPARISON_CHOICES
    this.#comparisons.set(choices, range === 'all' ? NO_COMPARISON : (compare ?? NO_COMPARISON))
    this.#zones.set(zone)
  }

  setGranularities(choices: readonly Granularity[], chosen: Granularity): void {
    const inOrder = Object.keys(GRANULARITY_LABELS) as Granularity[]
    this.#granularities.set(
      inOrder
        .filter((one) => choices.includes(one))
        .map((value) => ({ value, label: GRANULARITY_LABELS[value].toLowerCase() })),
      chosen,
    )
  }

  #onKey(event: KeyboardEvent): void {
    const key = pageKey(event)
    if (key === null || this.#choice === null) return
    const range = PRESET_NAMES[Number(key) - 1]
    if (range !== undefined) this.#onChange({ range, granularity: null })
    else if (key === String(PRESET_NAMES.length + 1)) this.#dates.open()
    else if (key === 'c') this.#onChange({ compare: this.#choice.compare === null ? 'previous' : null })
    else if (key === 't') this.#onChange({ table: !this.#choice.table })
  }
}
