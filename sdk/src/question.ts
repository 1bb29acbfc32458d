// What all questions share: how they are sent, and how to recognise an answer of Tally.
import { TallyError } from './errors.ts'
import { type Request, request, type Transport } from './request.ts'
import { isObject } from './status.ts'

/** RFC 3339, epoch milliseconds or a Date. */
export type Time = string | number | Date

/** Values by attribute: events count that have one of each. Without the attribute an event has the value ''. */
export type Where = Readonly<Record<string, string | readonly string[]>>

type Answer = Readonly<Record<string, unknown>>

export async function ask(transport: Transport, asked: Request): Promise<Answer> {
  const answer = await request(transport, asked)
  if (!isObject(answer) || !isObject(answer.meta)) throw notTally('meta')
  return answer
}

export function get(transport: Transport, path: string, signal: AbortSignal | undefined): Promise<Answer> {
  return ask(transport, { method: 'GET', path, signal })
}

export function notTally(member: string): TallyError {
  return new TallyError('bad_response', `the answer has no "${member}"`)
}

/** A list gives its name once for each. */
export function queryString(
  parameters: Readonly<Record<string, Time | readonly string[] | undefined>>,
): string {
  const query = new URLSearchParams()
  for (const [name, given = []] of Object.entries(parameters)) {
    for (const value of Array.isArray(given) ? given : [given]) {
      query.append(name, String(timeText(name, value as Time)))
    }
  }
  const text = query.toString()
  return text && `?${text}`
}

/** As an address has it. */
export function filtersOf(where: Where): readonly string[] {
  return Object.entries(where).flatMap(([attribute, values]) =>
    [values].flat().map((value) => `${attribute}:${value}`),
  )
}

/** A Date as text; other values unchanged. Throws a TallyError `invalid_argument` for an invalid Date. */
export function timeText(name: string, time: Time): string | number {
  if (!(time instanceof Date)) return time
  if (Number.isNaN(time.getTime())) throw new TallyError('invalid_argument', `${name} is an invalid Date`)
  return time.toISOString()
}

/** A path cannot hold `.`, `..` or half a surrogate pair, and no video has an empty id. */
const NOT_A_SEGMENT = /^\.{0,2}$|\p{Surrogate}/u

export function videoPath(videoId: string): string {
  return `/v1/videos/${segmentOf('videoId', videoId)}`
}

export function channelPath(channelId: string): string {
  return `/v1/channels/${segmentOf('channelId', channelId)}`
}

function segmentOf(name: string, id: string): string {
  if (NOT_A_SEGMENT.test(id)) {
    throw new TallyError('invalid_argument', `${name} ${JSON.stringify(id)} cannot be asked for`)
  }
  return encodeURIComponent(id)
}
