// How current and how reliable a number is, in words. Pure.
import type { Meta, Stats } from './api.ts'
import { clockText, wholeText } from './format.ts'

/** What differs between numbers from the counts of the stream, and from the archive. */
const COUNTED = {
  when: ' in time',
  shown: 'about a second after they arrive',
  recount: ': that adds events that came late',
} as const
const ARCHIVED = { when: '', shown: 'within a minute', recount: '' } as const

export type Words = {
  readonly kind: 'exact' | 'reconciled' | 'stale' | 'lost'
  readonly label: string
  readonly lines: readonly string[]
}

export function lostWords(asOf: string | null): Words {
  return {
    kind: 'lost',
    label: asOf === null ? 'Connection lost' : `Last known ${clockText(Date.parse(asOf))}`,
    lines: ['The connection to the server is lost. These are the numbers of the last answer.', 'Retrying…'],
  }
}

/** `isArchived`: counted from the archive, which new events reach later than the counts. */
export function wordsOf(meta: Meta, endTime: string, isArchived = false): Words {
  const { asOf, complete, reconciled, stale } = meta
  const of = isArchived ? ARCHIVED : COUNTED
  const at = asOf === null ? 'an unknown time' : clockText(Date.parse(asOf))
  if (stale) {
    return {
      kind: 'stale',
      label: `Stale · as of ${at}`,
      lines: [
        'Not all of the store answers: counts that are durable may be missing here until it does.',
        'Nothing is lost. Retrying…',
      ],
    }
  }
  if (asOf === null) {
    return {
      kind: 'stale',
      label: 'Starting',
      lines: ['The server has just started and does not know yet how far its counts go.'],
    }
  }
  if (meta.importing === true) {
    return {
      kind: 'stale',
      label: `Counting imported events · as of ${at}`,
      lines: [
        'Events of this range were imported and are not in these numbers yet: the next recounts add them.',
        'What is shown is counted once.',
      ],
    }
  }
  if (mayLack(meta, endTime)) {
    return {
      kind: 'stale',
      label: `May be incomplete · as of ${at}`,
      lines: [
        'The range has ended, but something of it may still be missing: a server that cannot be heard may have ' +
          'events on its disk, or a part of the stored data cannot be read.',
        'What is shown is counted once, and what is missing is added as soon as it can be read.',
      ],
    }
  }
  return {
    kind: reconciled ? 'reconciled' : 'exact',
    label: reconciled ? `Exact · as of ${at} · reconciled` : `Exact · as of ${at}`,
    lines: [
      `Every event that the log had taken${of.when} by ${at} is in these numbers, each counted once.`,
      complete
        ? 'The range has ended before that: nothing accepted by its end is missing.'
        : `The range is still in progress: events show ${of.shown}.`,
      reconciled
        ? 'The whole range has been counted again from the raw events, by other means, and agrees.'
        : `It has not all been counted again from the raw events yet${of.recount}.`,
    ],
  }
}

/** The counts are beyond the end of the range, and yet not all that was accepted is sure to be in them. */
function mayLack({ asOf, complete }: Meta, endTime: string): boolean {
  return !complete && asOf !== null && Date.parse(asOf) >= Date.parse(endTime)
}

/** Below a breakdown, which is counted apart from the numbers above it. */
export function breakdownNote(meta: Meta, endTime: string): string {
  const { asOf } = meta
  if (asOf === null) return 'How far it goes is not known yet.'
  const lacks = mayLack(meta, endTime) ? ' Something of this range may still be missing.' : ''
  return `As of ${clockText(Date.parse(asOf))}: new events show ${ARCHIVED.shown}, late ones too.${lacks}`
}

export type Counted = Pick<Stats, 'startTime' | 'endTime' | 'meta'> & { readonly count: number }

/**
 * Of a breakdown that counts more than the number above it, though that one is of a later moment: what is missing there
 * came late. Empty if that cannot be told.
 */
export function lateNote(breakdown: Counted, above: Counted | null): string {
  if (above === null || above.startTime !== breakdown.startTime || above.meta.importing === true) return ''
  const asOfMs = Date.parse(breakdown.meta.asOf ?? '')
  const ends = [above, breakdown].map(({ endTime }) => Date.parse(endTime))
  const isSameRange = ends[0] === ends[1] || ends.every((endMs) => endMs > asOfMs)
  const late = breakdown.count - above.count
  if (!isSameRange || late <= 0 || !(Date.parse(above.meta.asOf ?? '') >= asOfMs)) return ''
  const them = late === 1 ? 'it' : 'them'
  return ` ${wholeText(late)} of the total came late: the number above has ${them} after the next recount.`
}
