// A client of the admin API of a running Tally, as far as this command needs it.
import { Fault } from '../../lib/fault.ts'
import { askAdmin } from '../ask-admin.ts'

type Outcome = {
  readonly accepted: number
  readonly late: number
  readonly faults: readonly { readonly index: number; readonly code: string; readonly detail: string }[]
}

export type Letter = {
  readonly id: string
  readonly state: string
  readonly keptAt: string
  readonly reason: string
  readonly origin: string
  readonly byteLength: number
  /** In the form of POST /v1/events, as far as it could be read. */
  readonly event: Readonly<Record<string, unknown>> | null
  readonly lastAct: {
    readonly time: string
    readonly act: string
    readonly by: string | null
    readonly reason?: string
    readonly outcome?: Outcome
  } | null
}

type DecodedEvent = {
  readonly index: number
  readonly fault: string | null
  readonly tenant: string | null
  readonly event: Readonly<Record<string, unknown>>
  readonly brokeAt: { readonly byte: number; readonly field: string } | null
}

export type Decoded =
  | ({ readonly kind: 'event' } & DecodedEvent)
  | {
      readonly kind: 'record'
      readonly announced: number | null
      readonly found: number
      readonly readable: number
      readonly brokeAt: { readonly byte: number } | null
      readonly events: readonly DecodedEvent[]
    }
  | { readonly kind: 'row'; readonly row: unknown }

export type LetterDetail = Letter & {
  readonly source: string
  readonly offset: number
  readonly index: number
  readonly logTime: string
  readonly decoded: Decoded | null
  readonly base64: string
  readonly bytesOmitted: number
}

/** An answer with a status below 500: the result, or why there is none. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly detail: string }

export type BulkReplay = {
  readonly replayed: number
  readonly refused: readonly { readonly id: string; readonly detail: string }[]
  readonly cursor: string | null
}

export type LetterFilter = { readonly state: string | null; readonly reason: string | null }

const ROOT = '/v1/admin/dead-letters'
const PAGE_LETTERS = 200
const DETAIL_CHARS_MAX = 500

/** All calls fail with a Fault where the server is away, or says that it cannot. */
export class AdminApi {
  readonly #url: string
  readonly #key: string | null

  constructor(url: string, key: string | null) {
    this.#url = url
    this.#key = key
  }

  /** Newest first, page by page. */
  async *list({ state, reason }: LetterFilter): AsyncGenerator<Letter> {
    let cursor: string | null = null
    do {
      const query = queryOf({ state, reason, cursor, limit: String(PAGE_LETTERS) })
      const page: Page = sure(await this.#ask<Page>('GET', `?${query}`))
      yield* page.letters
      cursor = page.cursor
    } while (cursor !== null)
  }

  show(id: string): Promise<Answer<LetterDetail>> {
    return this.#ask('GET', `/${encodeURIComponent(id)}`)
  }

  replay(
    id: string,
    correction?: { readonly event: unknown; readonly tenant?: string },
  ): Promise<Answer<Letter>> {
    return this.#ask('POST', `/${encodeURIComponent(id)}/replay`, correction)
  }

  discard(id: string, reason: string): Promise<Answer<Letter>> {
    return this.#ask('POST', `/${encodeURIComponent(id)}/discard`, { reason })
  }

  /** The open letters, in batches; ends when all have been tried. */
  async *replayAll(reason: string | null): AsyncGenerator<BulkReplay> {
    let cursor: string | null = null
    do {
      const filter = {
        limit: PAGE_LETTERS,
        ...(reason !== null && { reason }),
        ...(cursor !== null && { cursor }),
      }
      const some: BulkReplay = sure(await this.#ask<BulkReplay>('POST', '/replay', filter))
      yield some
      cursor = some.cursor
    } while (cursor !== null)
  }

  async #ask<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    const server = { url: this.#url, key: this.#key }
    const { ok, status, text } = await askAdmin(server, method, `${ROOT}${path}`, body)
    if (ok) return { ok: true, value: parse<T>(text, this.#url) }
    const { detail = text.slice(0, DETAIL_CHARS_MAX) } = parse<{ detail?: string }>(text, this.#url)
    if (status >= 500 || status === 401 || status === 403) {
      throw new Fault(`${this.#url} answers ${status}: ${detail}`)
    }
    return { ok: false, detail }
  }
}

type Page = { readonly letters: readonly Letter[]; readonly cursor: string | null }

/** For calls that the server refuses only if this command is wrong. */
function sure<T>(answer: Answer<T>): T {
  if (answer.ok) return answer.value
  throw new Fault(answer.detail)
}

function queryOf(parameters: Readonly<Record<string, string | null>>): URLSearchParams {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) if (value !== null) query.set(name, value)
  return query
}

function parse<T>(text: string, url: string): T {
  try {
    return JSON.parse(text) as T
  } catch {
    throw new Fault(`${url} does not answer as Tally does.`)
  }
}
