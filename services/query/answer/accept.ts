// Content negotiation: which form of an answer a client wants, by RFC 9110, section 12.5.1. Pure.
import type { CsvForm } from '../../../lib/csv.ts'

export type AnswerForm = 'json' | 'csv' | 'ndjson'

/** In order of preference if a client accepts several equally. */
const MEDIA_TYPES: Readonly<Record<AnswerForm, string>> = {
  json: 'application/json',
  csv: 'text/csv',
  ndjson: 'application/x-ndjson',
}
/** Parameters of `text/csv` that this server supports besides those of RFC 4180. */
const FORMULA_GUARD_OFF = 'formula-guard=off'
const BOM_ON = 'bom=on'

const QUALITY = /^q=(0(\.\d{0,3})?|1(\.0{0,3})?)$/

/** The preferred form; JSON if none is acceptable. */
export function preferredForm(accept: string | undefined): AnswerForm {
  if (accept === undefined) return 'json'
  const ranges = accept.toLowerCase().split(',').map(mediaRange)
  let best: AnswerForm = 'json'
  for (const form of Object.keys(MEDIA_TYPES) as AnswerForm[]) {
    if (qualityOf(MEDIA_TYPES[form], ranges) > qualityOf(MEDIA_TYPES[best], ranges)) best = form
  }
  return best
}

/** The requested options of CSV: `text/csv; formula-guard=off; bom=on`. */
export function csvForm(accept: string | undefined): CsvForm {
  const ranges = (accept ?? '').toLowerCase().split(',').map(mediaRange)
  const parameters = ranges.find(({ range }) => range === MEDIA_TYPES.csv)?.parameters ?? []
  return { formulaGuard: !parameters.includes(FORMULA_GUARD_OFF), bom: parameters.includes(BOM_ON) }
}

type MediaRange = {
  readonly range: string
  readonly quality: number
  readonly parameters: readonly string[]
}

function mediaRange(text: string): MediaRange {
  const [range, ...parameters] = text.split(';').map((part) => part.trim())
  const quality = parameters.map((parameter) => QUALITY.exec(parameter)?.[1]).find((q) => q !== undefined)
  return { range: range!, quality: Number(quality ?? 1), parameters }
}

/** The most specific range that matches decides. */
function qualityOf(mediaType: string, ranges: readonly MediaRange[]): number {
  const family = `${mediaType.split('/', 1)[0]}/*`
  for (const wanted of [mediaType, family, '*/*']) {
    const match = ranges.find(({ range }) => range === wanted)
    if (match !== undefined) return match.quality
  }
  return 0
}
