// How a breakdown reads: names of attributes and of their values, shares, lengths of bars. Pure.

import { lazy } from '../lazy.ts'
import type { Measure } from '../route.ts'
import { AUTOMATED, type Breakdown } from './breakdown.ts'

export type ShownRow = {
  readonly name: string
  /** What it is the row of; null: of all other values together. */
  readonly of: string | null
  readonly value: number | null
  /** Of the total; null where parts do not add up to it. */
  readonly share: number | null
  /** Of the longest bar: 0 to 1. */
  readonly bar: number
  /** Without a value of the attribute of its own. */
  readonly isRest: boolean
}

const DIMENSION_LABELS: Readonly<Record<string, string>> = {
  ...{ country: 'Country', device: 'Device', browser: 'Browser', referrer: 'Referrer' },
  [AUTOMATED]: 'Bots',
}
const AUTOMATED_NAMES: Readonly<Record<string, string>> = {
  ...{ '': 'Viewers', bot: 'Bots', headless: 'Browsers without a screen', prefetch: 'Pages fetched ahead' },
}
const COUNTRY = /^[A-Z]{2}$/
const countryNames = lazy(() => new Intl.DisplayNames(undefined, { type: 'region', fallback: 'none' }))

/** On the button, and above the column. */
export function dimensionLabel(by: string): string {
  return Object.hasOwn(DIMENSION_LABELS, by) ? DIMENSION_LABELS[by]! : by
}

/** Continues "Views by". */
export function dimensionPhrase(by: string): string {
  if (by === AUTOMATED) return 'viewers and bots'
  return Object.hasOwn(DIMENSION_LABELS, by) ? DIMENSION_LABELS[by]!.toLowerCase() : by
}

export function valueName(by: string, value: string): string {
  if (by === AUTOMATED && Object.hasOwn(AUTOMATED_NAMES, value)) return AUTOMATED_NAMES[value]!
  if (value === '') return 'Unknown'
  return (by === 'country' && COUNTRY.test(value) && countryNames().of(value)) || value
}

export function shownRows({ by, rows, total }: Breakdown, measure: Measure): readonly ShownRow[] {
  const numbers = rows.map(({ value }) => (typeof value === 'number' ? value : null))
  const longest = Math.max(0, ...numbers.map((value) => value ?? 0))
  const areParts = measure !== 'average' && total !== null && total > 0 && numbers.every((n) => (n ?? 0) >= 0)
  return rows.map((row, at) => {
    const value = numbers[at]!
    const isOther = row.isOther === true
    return {
      name: isOther ? 'Other' : valueName(by, String(row[by])),
      of: isOther ? null : String(row[by]),
      value,
      share: areParts ? (value ?? 0) / total : null,
      bar: longest === 0 ? 0 : Math.max(0, value ?? 0) / longest,
      isRest: isOther || (row[by] === '' && by !== AUTOMATED),
    }
  })
}

/** No event of the answer has the attribute. */
export function isWithoutValues({ by, rows }: Breakdown): boolean {
  return by !== AUTOMATED && rows.length > 0 && rows.every((row) => row[by] === '')
}
