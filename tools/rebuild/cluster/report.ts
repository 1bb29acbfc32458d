// What a rebuild of a lost keyspace makes again, leaves as it is, and cannot make again, in words. Pure.
import { minuteText } from '../../../lib/time-text.ts'
import { rangesOf } from '../survey.ts'
import type { Cluster } from './cluster.ts'
import type { ClusterSurvey } from './survey.ts'

const LINES_MAX = 10

export function linesOf(
  { keyspace, archivePlace }: Pick<Cluster, 'keyspace' | 'archivePlace'>,
  found: ClusterSurvey,
): string[] {
  const { heldHours, records, beginnings } = found
  const ranges = rangesOf(heldHours).map(({ from, to }) => `  ${minuteText(from)} to ${minuteText(to)}`)
  return [
    `Counted again into the keyspace ${keyspace}, which is made anew:`,
    `- ${heldHours.size} hours of which the archive ${archivePlace} holds raw events`,
    ...shortened(ranges, 'ranges'),
    ...(heldHours.size > 0 ? [] : ['  None at all? Then this is not the ARCHIVE_URL of the reconcilers.']),
    `- ${records} records of the log`,
    ...(beginnings.length === 0
      ? []
      : [`  (earlier records have left ${beginnings.length} sources; the archive has their events)`]),
    '- different viewers of the same hours',
    ...(found.hasTitles ? ['- titles and annotations, from their topic'] : []),
    ...lostLines(found),
    'Left as it is: the log, and in Kafka too layouts, dead letters, the secret of share links, and what',
    'partitioners said of their disks; the archive with breakdowns of past hours; keys. Top lists come back by',
    'themselves.',
  ]
}

function lostLines({ fromMinute, gaps, hasTitles }: ClusterSurvey): string[] {
  const before = minuteText(fromMinute)
  return [
    'Lost for good, unless there is a snapshot of Cassandra to restore instead (docs/backup.md):',
    ...(fromMinute === 0
      ? []
      : [`- counts of minutes, hours and days before ${before}, and the different viewers of that time`]),
    ...shortened(
      gaps.map(
        ({ sourceId, from, to }) => `- records ${from} to ${to - 1} of ${sourceId}: left the log unarchived`,
      ),
      'gaps',
    ),
    '- alerts of tenants and which were sent: tenants set them again, and get milestones once more',
    '- acts of privacy: ask again for the removal of videos whose events may still be in the log',
    '- the rest of the journal: past alerts and probes, and notes of dead letters, which are open again',
    '- the ledgers and audits of /v1/audit, which begin anew: what they find wrong of hours that the log no longer',
    '  holds whole is harmless',
    ...(hasTitles ? [] : ['- titles: there is no topic of them; put them again']),
  ]
}

function shortened(lines: readonly string[], what: string): readonly string[] {
  if (lines.length <= LINES_MAX) return lines
  return [...lines.slice(0, LINES_MAX), `  and ${lines.length - LINES_MAX} more ${what}`]
}
