// What a rebuild makes again, carries over, and loses, in words. Pure.
import { minuteText } from '../../lib/time-text.ts'
import { rangesOf, type Survey } from './survey.ts'

const RANGES_SHOWN_MAX = 10

export function linesOf({ heldHours, records, beginnings, logFrom, carried }: Survey): string[] {
  const ranges = rangesOf(heldHours)
  const shown = ranges
    .slice(0, RANGES_SHOWN_MAX)
    .map(({ from, to }) => `  ${minuteText(from)} to ${minuteText(to)}`)
  const more =
    ranges.length > RANGES_SHOWN_MAX ? [`  and ${ranges.length - RANGES_SHOWN_MAX} more ranges`] : []
  return [
    `Counted again: ${heldHours.size} hours of which the archive holds raw events`,
    ...shown,
    ...more,
    `Counted again: ${records} records of the log`,
    ...(beginnings.length === 0
      ? []
      : [`  (earlier records have left ${beginnings.length} sources; the archive has their events)`]),
    ...keptLines(carried, logFrom),
    'Left as it is: the log, the archive, titles, viewers, keys. Made again while serving: top lists.',
  ]
}

function keptLines(carried: Survey['carried'], logFrom: number): string[] {
  if ('unreadable' in carried) {
    return [
      `Lost for good: the old counts cannot be read (${carried.unreadable})`,
      `  counts of all other hours before ${minuteText(logFrom)}, whose raw events are not kept any more`,
      '  the journal: past alerts and probes, notes of replayed dead letters, acts of privacy: repeat removals of',
      '  videos whose events may still be in the log',
      '  alerts of tenants, and which of them were sent',
      '  Where there is a backup of the counts, restore it instead.',
    ]
  }
  const { minuteRows, hourRollups, dayRollups, journalEntries, alerts } = carried
  return [
    'Carried over from the old counts, of hours without raw events and of those that are not closed: ' +
      `${minuteRows} minutes, ${hourRollups} hours, ${dayRollups} days, ${journalEntries} entries of the journal, ` +
      `${alerts} alerts`,
    'Lost for good: the ledgers of /v1/audit, which begin anew',
  ]
}
