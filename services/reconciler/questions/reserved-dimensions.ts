// Names that no dimension may have: what rows of an answer, columns of its table, and other things that rows can be
// grouped by are called.
import { DIMENSIONS, FUNCTIONS } from '../../query/question/vocabulary.ts'

export const RESERVED_DIMENSIONS: readonly string[] = [
  ...[
    'videoId',
    'channelId',
    'eventType',
    'function',
    'startTime',
    'endTime',
    'value',
    'isOther',
    'hidingHours',
  ],
  ...['asOf', 'complete', 'reconciled', 'stale', 'utcDaysBefore', 'utcHoursBefore', 'time', 'period'],
  ...[...DIMENSIONS, ...FUNCTIONS],
]
