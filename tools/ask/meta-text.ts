// The last line of an answer: how far it goes, and what may be missing. Pure.
import type { StatsMeta } from '../../sdk/src/read.ts'

export type Dated = {
  readonly endTime: string
  readonly meta: Pick<StatsMeta, 'asOf' | 'complete' | 'stale' | 'importing'>
}

export function metaText({ endTime, meta: { asOf, complete, stale, importing } }: Dated): string {
  if (stale) return 'Stored counts may be missing: not all of the store answered.'
  if (asOf === null) return 'How far the counts have come is not known yet.'
  if (importing === true) {
    return `Counted up to ${asOf}, but events that were imported into the range are not counted yet.`
  }
  const isEnded = Date.parse(asOf) >= Date.parse(endTime)
  if (isEnded && !complete) {
    return (
      `Counted up to ${asOf}, but something may still be missing: a server that cannot be heard may have events ` +
      'on its disk, or a part of the stored data cannot be read.'
    )
  }
  return `All that the log had taken by ${asOf} is counted.`
}
