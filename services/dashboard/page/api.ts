// Calls the server: the same routes as everybody, with the API key of this tab if the server wants one, or with the
// token of the link that opened the page.

import { type Where, wherePairs } from './breakdown/where.ts'
import { takeFirstAnswer } from './first-answers.ts'
import { shownZone } from './format.ts'
import type { Key } from './keys/key-words.ts'
import type { Granularity, Span } from './ranges/ranges.ts'
import type { Measure } from './route.ts'

export type Meta = {
  /** Null if a server that has just started does not know it yet. */
  readonly asOf: string | null
  readonly complete: boolean
  readonly reconciled: boolean
  readonly stale: boolean
  /** Events were imported into the range that are not counted yet. */
  readonly importing?: boolean
}
export type VideoInfo = {
  readonly title?: string
  readonly channel?: string | null
  readonly durationSeconds?: number
}
type Point = { readonly time: string; readonly value: number | null }
export type Stats = {
  readonly startTime: string
  readonly endTime: string
  readonly value: number | null
  readonly series?: readonly Point[]
  readonly video?: VideoInfo
  readonly meta: Meta
}
export type TypeSummary = Readonly<Record<'count' | 'sum', number>> & { readonly average: number | null }
export type Summary = {
  readonly startTime: string
  readonly endTime: string
  readonly types: Readonly<Record<string, TypeSummary>>
  readonly video?: VideoInfo
  readonly meta: Meta
}

type Problem = { readonly title?: string; readonly detail?: string; readonly errors?: unknown }
type Fault = { readonly parameter?: string; readonly code?: string }

/** An error of the server, or of the connection to it. */
export class ApiError extends Error {
  /** 0 if there was no answer. */
  readonly status: number
  readonly keyKind: KeyKind
  /** What was wrong with the question. */
  readonly faults: readonly Fault[]

  constructor(path: string, status: number, message: string, options?: ErrorOptions & { faults?: unknown }) {
    super(message, options)
    this.name = 'ApiError'
    this.status = status
    this.keyKind = keyKindOf(path)
    this.faults = Array.isArray(options?.faults) ? options.faults : []
  }

  /** This server is older than the page, or lacks this part. */
  get isAbsent(): boolean {
    return this.status === 404 || this.status === 405
  }

  get wantsKey(): boolean {
    return this.status === 401 || this.status === 403
  }
}

/** The routes of operators need admin keys. */
export type KeyKind = 'api' | 'admin'

const ADMIN_PATH = /^v1\/admin\//
const TIMEOUT_MS = 15_000
/** Of questions that are counted from the archive: the server itself gives up after 20 s. */
export const ARCHIVE_TIMEOUT_MS = 25_000

/** The token of the link that opened the page. */
let linkToken: string | null = null
let onLinkEnded: (error: ApiError) => void = () => {}

/** From now on everything is asked by this link alone. `onEnded` learns that the server does not take it. */
export function askByLink(token: string, onEnded: (error: ApiError) => void): void {
  linkToken = token
  onLinkEnded = onEnded
}

/** Whether the reader may see this page alone. */
export function isByLink(): boolean {
  return linkToken !== null
}

/** What is asked of operators is asked with the key of the tab, unless another one is kept for it. */
export function keyFor(kind: KeyKind): string | null {
  const own = sessionStorage.getItem(`tally-${kind}-key`)
  return own ?? (kind === 'admin' ? keyFor('api') : null)
}

/** For this tab only. */
export function keepKey(kind: KeyKind, key: string): void {
  sessionStorage.setItem(`tally-${kind}-key`, key)
}

/** Of this tab, all of them. */
export function forgetKeys(): void {
  for (const kind of ['api', 'admin']) sessionStorage.removeItem(`tally-${kind}-key`)
}

/** What a key may do; null if the server is older than this question. Fails with an ApiError, as for an unknown key. */
export function askKey(key: string, signal: AbortSignal): Promise<Key | null> {
  return whereThere(askJson('v1/key', signal, { headers: { 'x-api-key': key } }))
}

/** Fails with an ApiError, or with the signal's reason. The caller reads the body. */
export async function ask(path: string, init: RequestInit, signal: AbortSignal): Promise<Response> {
  const headers = new Headers(init.headers)
  if (linkToken !== null) headers.set('authorization', `Bearer ${linkToken}`)
  else {
    const key = keyFor(keyKindOf(path))
    if (key !== null && !headers.has('x-api-key')) headers.set('x-api-key', key)
  }
  const first = linkToken === null && init.method === undefined ? takeFirstAnswer(path) : null
  const answer = first === null ? fetch(path, { ...init, headers, signal }) : unlessAborted(first, signal)
  const response = await answer.catch((cause) => {
    signal.throwIfAborted()
    throw new ApiError(path, 0, 'The server does not answer.', { cause })
  })
  if (response.ok) return response
  const problem = (await response.json().catch(() => ({}))) as Problem
  signal.throwIfAborted() // then its words may not have been read
  const words = problem.detail ?? problem.title ?? `The server answered ${response.status}.`
  const error = new ApiError(path, response.status, words, { faults: problem.errors })
  if (linkToken !== null && error.wantsKey) onLinkEnded(error)
  throw error
}

/** The answer to what was asked without the signal. */
async function unlessAborted(answer: Promise<Response>, signal: AbortSignal): Promise<Response> {
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    answer.then(resolve, reject)
  })
}

export async function askJson<T>(
  path: string,
  signal: AbortSignal,
  init: RequestInit = {},
  timeoutMs = TIMEOUT_MS,
): Promise<T> {
  const timed = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  try {
    const response = await ask(path, init, timed)
    return (await response.json()) as T // it may be slow, too
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof ApiError || !timed.aborted) throw error
    throw new ApiError(path, 0, 'The server takes too long.', { cause: error })
  }
}

export function postJson<T>(path: string, body: unknown, signal: AbortSignal): Promise<T> {
  const headers = { 'content-type': 'application/json' }
  return askJson(path, signal, { method: 'POST', headers, body: JSON.stringify(body) })
}

/** Null if the server has no such route. */
export async function whereThere<T>(answer: Promise<T>): Promise<T | null> {
  return answer.catch((error) => {
    if (error instanceof ApiError && error.isAbsent) return null
    throw error
  })
}

export async function askMetrics(signal: AbortSignal): Promise<string> {
  return (await ask('metrics', {}, signal)).text()
}

/** A question for one number, or for its course through time. */
export type StatsQuestion = {
  readonly type: string
  readonly measure: Measure
  /** Null: from the beginning until now, by the server's clock. */
  readonly span: Span | null
  /** The periods of the course, in the time zone that is shown. */
  readonly granularity: Granularity | null
  /** Left out: all events. */
  readonly where?: Where
}

/** `path` is that of a video, a channel or the site. */
export function askStats(path: string, question: StatsQuestion, signal: AbortSignal): Promise<Stats> {
  const { where = [] } = question
  return askJson(statsAddress(path, question), signal, {}, where.length > 0 ? ARCHIVE_TIMEOUT_MS : TIMEOUT_MS)
}

/** The same as a table for spreadsheets. */
export async function askCsv(path: string, question: StatsQuestion, signal: AbortSignal): Promise<Blob> {
  const headers = { accept: 'text/csv; bom=on' }
  return (await ask(statsAddress(path, question), { headers }, signal)).blob()
}

function statsAddress(path: string, { type, measure, span, granularity, where = [] }: StatsQuestion): string {
  const query = new URLSearchParams({
    ...{ eventType: type, function: measure },
    ...spanQuery(span),
    ...(granularity && { granularity, timeZone: shownZone() }),
  })
  for (const pair of wherePairs(where)) query.append('where', pair)
  return `${path}/stats?${query}`
}

export function askSummary(videoId: string, span: Span, signal: AbortSignal): Promise<Summary> {
  return askJson(`${videoPath(videoId)}/summary?${new URLSearchParams(spanQuery(span))}`, signal)
}

/** What was wrong with a question, by the parameter and the code of the fault. */
export function isRefused(error: unknown, parameter: string, code: string): boolean {
  return (
    error instanceof ApiError &&
    error.faults.some((fault) => fault.parameter === parameter && fault.code === code)
  )
}

function keyKindOf(path: string): KeyKind {
  return ADMIN_PATH.test(path) ? 'admin' : 'api'
}

export function videoPath(videoId: string): string {
  return `v1/videos/${encodeURIComponent(videoId)}`
}

export function channelPath(channelId: string): string {
  return `v1/channels/${encodeURIComponent(channelId)}`
}

export function spanQuery(span: Span | null): Record<string, string> {
  if (span === null) return {}
  const end = { endTime: new Date(span.endMs).toISOString() }
  return span.startMs === null ? end : { startTime: new Date(span.startMs).toISOString(), ...end }
}
