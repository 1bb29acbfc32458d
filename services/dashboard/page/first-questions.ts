// The first questions of a page: those whose answers hold its largest text. The document asks them itself, while the
// script is on its way, so they must be the very ones that the views ask. Small and pure: it is part of the document.

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
const HOURS = /^(1|6|24)h$/
/** Counted when asked, which takes longer than the script needs to arrive. */
const LONG = /^(7d|30d|1y)$/
export const TOP_ROWS = 10

/** Of a list of videos. Its end is a whole minute, as the server widens it. */
type TopRange = { readonly startTime: string; readonly endTime: string }

export function topRange(hours: number, nowMs: number): TopRange {
  const endMs = Math.ceil(nowMs / MINUTE_MS) * MINUTE_MS
  return {
    startTime: new Date(endMs - hours * HOUR_MS).toISOString(),
    endTime: new Date(endMs).toISOString(),
  }
}

export function topAddress(eventType: string, range: TopRange, order: 'count' | 'rising'): string {
  return `v1/top?${new URLSearchParams({ eventType, ...range, limit: String(TOP_ROWS), order })}`
}

/** Of all time; the answer has the title too. */
export function countAddress(videoId: string, eventType: string): string {
  const query = new URLSearchParams({ eventType, function: 'count' })
  return `v1/videos/${encodeURIComponent(videoId)}/stats?${query}`
}

/** What to ask for the part of the address after `#`; nothing where no answer is waited for by a large text. */
export function firstQuestions(hash: string, nowMs: number): readonly string[] {
  const [, path = '', query = ''] = /^#?([^?]*)\??(.*)$/.exec(hash) ?? []
  const given = new URLSearchParams(query)
  const type = given.get('type') ?? 'view'
  if (path === '' || path === '/') {
    const window = given.get('window') ?? ''
    if (LONG.test(window) || given.has('where')) return []
    const range = topRange(Number(HOURS.exec(window)?.[1] ?? 1), nowMs)
    return [topAddress(type, range, 'count'), topAddress(type, range, 'rising')]
  }
  const [, part] = /^\/video\/([^/]+)$/.exec(path) ?? []
  try {
    return part === undefined ? [] : [countAddress(decodeURIComponent(part), type)]
  } catch {
    return [] // not an id
  }
}
