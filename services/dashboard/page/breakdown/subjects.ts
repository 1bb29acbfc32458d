// How the numbers of a page are asked for: of all events of a video or a channel, or only of those that have some
// values of their attributes.
import { type Subject, worstOf } from '../answers.ts'
import {
  ask,
  askCsv,
  askStats,
  type Meta,
  postJson,
  type StatsQuestion,
  spanQuery,
  type TypeSummary,
} from '../api.ts'
import { shownZone } from '../format.ts'
import { inTurn } from '../in-turn.ts'
import { askUniques } from '../videos/unique-viewers.ts'
import type { Card } from '../videos/video-cards.ts'
import { type Where, whereBody } from './where.ts'

type Row = {
  readonly eventType?: string
  readonly values: Readonly<Record<string, number | null>>
  readonly series?: readonly { readonly time: string; readonly values: Row['values'] }[]
}
type QueryAnswer = {
  readonly startTime: string
  readonly endTime: string
  readonly rows: readonly Row[]
  readonly meta: Meta
}

const PATH = 'v1/query'

/** `path` is that of its routes; `hasViewers`: how many different ones there were may be asked. */
export function subjectAt(
  path: string,
  name: string,
  numbers: Subject['numbers'],
  hasViewers: boolean,
): Subject {
  return {
    ...{ name, numbers },
    stats: (question, signal) => askStats(path, question, signal),
    csv: (question, signal) => askCsv(path, question, signal),
    viewers: hasViewers ? (span, signal) => askUniques(path, span, signal) : null,
  }
}

/** Only the events that have these values. */
export function filteredAt(path: string, name: string, where: Where, cards: readonly Card[]): Subject {
  const turn = inTurn()
  const stats: Subject['stats'] = (question, signal) =>
    turn(() => askStats(path, { ...question, where }, signal))
  const csv: Subject['csv'] = (question, signal) => turn(() => askCsv(path, { ...question, where }, signal))
  return { name, stats, csv, viewers: null, numbers: numbersOf(stats, cards) }
}

/** The numbers of the cards, each a question. The one whose course is asked for comes with it. */
export function numbersOf(stats: Subject['stats'], cards: readonly Card[]): Subject['numbers'] {
  return async (span, signal, asked) => {
    const answers = await Promise.all(
      cards.map(({ type, measure }) =>
        asked?.type === type && asked.measure === measure
          ? asked.answer
          : stats({ type, measure, span, granularity: null }, signal),
      ),
    )
    const types: Record<string, TypeSummary> = {}
    for (const [at, { type, measure }] of cards.entries()) {
      const none = { count: 0, sum: 0, average: null }
      types[type] = { ...none, ...types[type], [measure]: answers[at]!.value ?? none[measure] }
    }
    const { startTime, endTime } = answers[0]!
    return { startTime, endTime, types, meta: answers.map(({ meta }) => meta).reduce(worstOf) }
  }
}

/** A video with a filter, all numbers in one question, which links may not ask. `types` are those of the cards. */
export function filteredVideo(videoId: string, where: Where, types: readonly string[]): Subject {
  const about = { videoIds: [videoId], where: whereBody(where) }
  const bodyOf = ({ type, measure, span, granularity }: StatsQuestion) => ({
    ...{ ...about, eventTypes: [type], functions: [measure], ...spanQuery(span) },
    ...(granularity && { granularity, timeZone: shownZone() }),
  })
  return {
    ...{ name: videoId, viewers: null },
    async stats(question, signal) {
      const body = bodyOf(question)
      const { startTime, endTime, rows, meta } = await postJson<QueryAnswer>(PATH, body, signal)
      const { measure } = question
      const numberOf = (values: Row['values'] = {}) => values[measure] ?? (measure === 'average' ? null : 0)
      const [row] = rows
      const series = row?.series?.map(({ time, values }) => ({ time, value: numberOf(values) }))
      return { startTime, endTime, value: numberOf(row?.values), ...(series && { series }), meta }
    },
    async csv(question, signal) {
      const headers = { accept: 'text/csv; bom=on', 'content-type': 'application/json' }
      const body = JSON.stringify(bodyOf(question))
      return (await ask(PATH, { method: 'POST', headers, body }, signal)).blob()
    },
    async numbers(span, signal) {
      const asked = { functions: ['count', 'sum', 'average'], groupBy: ['type'], ...spanQuery(span) }
      const body = { ...about, eventTypes: types, ...asked }
      const { rows, ...answer } = await postJson<QueryAnswer>(PATH, body, signal)
      const numbers = rows.map(({ eventType, values: { count = 0, sum = 0, average = null } }) => {
        return [eventType!, { count: count ?? 0, sum: sum ?? 0, average }] as const
      })
      return { ...answer, types: Object.fromEntries(numbers) }
    },
  }
}
