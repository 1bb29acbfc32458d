// How the numbers of a page are asked for: of all events of a video or a channel, or only of those that have some
// values of their attributes.
import type { Subject } from './answers.ts'
import { ApiError, ask, askCsv, askStats, type Meta, postJson, type StatsQuestion, spanQuery } from './api.ts'
import { shownZone } from './format.ts'
import { askUniques } from './unique-viewers.ts'
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

/** Of one question; the server takes no more. */
const VIDEOS_MAX = 100
const PATH = 'v1/query'

/** `path` is that of its routes. */
export function subjectAt(
  path: string,
  name: string,
  numbers: Subject['numbers'],
  videoId?: string,
): Subject {
  return {
    ...{ name, numbers },
    stats: (question, signal) => askStats(path, question, signal),
    csv: (question, signal) => askCsv(path, question, signal),
    viewers: videoId === undefined ? null : (span, signal) => askUniques(videoId, span, signal),
  }
}

/** `types` are those of the cards. `videoIds` are asked for when they are needed. */
export function filteredSubject(
  name: string,
  where: Where,
  types: readonly string[],
  videoIds: (signal: AbortSignal) => Promise<readonly string[]>,
): Subject {
  const about = async (signal: AbortSignal) => {
    const all = await videoIds(signal)
    if (all.length <= VIDEOS_MAX) return { videoIds: all, where: whereBody(where) }
    const detail = `A channel of more than ${VIDEOS_MAX} videos cannot be filtered here.`
    throw new ApiError(PATH, 400, detail)
  }
  const bodyOf = async ({ type, measure, span, granularity }: StatsQuestion, signal: AbortSignal) => ({
    ...{ ...(await about(signal)), eventTypes: [type], functions: [measure], ...spanQuery(span) },
    ...(granularity && { granularity, timeZone: shownZone() }),
  })
  return {
    ...{ name, viewers: null },
    async stats(question, signal) {
      const body = await bodyOf(question, signal)
      const { startTime, endTime, rows, meta } = await postJson<QueryAnswer>(PATH, body, signal)
      const { measure } = question
      const numberOf = (values: Row['values'] = {}) => values[measure] ?? (measure === 'average' ? null : 0)
      const [row] = rows
      const series = row?.series?.map(({ time, values }) => ({ time, value: numberOf(values) }))
      return { startTime, endTime, value: numberOf(row?.values), ...(series && { series }), meta }
    },
    async csv(question, signal) {
      const headers = { accept: 'text/csv; bom=on', 'content-type': 'application/json' }
      const body = JSON.stringify(await bodyOf(question, signal))
      return (await ask(PATH, { method: 'POST', headers, body }, signal)).blob()
    },
    async numbers(span, signal) {
      const asked = { functions: ['count', 'sum', 'average'], groupBy: ['type'], ...spanQuery(span) }
      const body = { ...(await about(signal)), eventTypes: types, ...asked }
      const { rows, ...answer } = await postJson<QueryAnswer>(PATH, body, signal)
      const numbers = rows.map(({ eventType, values: { count = 0, sum = 0, average = null } }) => {
        return [eventType!, { count: count ?? 0, sum: sum ?? 0, average }] as const
      })
      return { ...answer, types: Object.fromEntries(numbers) }
    },
  }
}
