// The admin API of a running Tally, as this command needs it. All calls fail with a Fault where the server is
// away or says no. What may work a moment later is tried again, except for a server that has never answered.
import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from '../../lib/fault.ts'

export type ImportState = {
  readonly nextRow: number
  readonly stored: number
  readonly rejected: number
  /** The first of them, by the number of their event. */
  readonly firstRejected: readonly { readonly index: number; readonly detail: string }[]
  readonly done: boolean
}

/** What a recount did, and how far it went. */
export type Recount = {
  readonly hours: number
  readonly buckets: number
  /** Minutes before this were closed. */
  readonly closedTo: string
  /** Hours that are not recounted whole. */
  readonly exceptHours: number
}

type RecountState = { readonly ended: number; readonly latest: Recount | null }

const ATTEMPTS_MAX = 8
const RETRY_MS = 500
const TIMEOUT_MS = 60_000
const DETAIL_CHARS_MAX = 500

class TooLarge extends Fault {}

export class ImportServer {
  readonly #url: string
  readonly #headers: Readonly<Record<string, string>>
  #hasAnswered = false

  constructor(url: string, key: string | null) {
    this.#url = url
    this.#headers = key === null ? {} : { authorization: `Bearer ${key}` }
  }

  /** Fails at once if no server is there, or if the key does not allow imports. */
  async checkThere(): Promise<void> {
    await this.recount()
  }

  state(id: string): Promise<ImportState> {
    return this.#ask('GET', `imports/${id}`)
  }

  /** Halves a batch that is too large for a proxy in between. */
  async sendLot(id: string, from: number, tenant: string, lines: readonly string[]): Promise<void> {
    const query = new URLSearchParams({ from: String(from), ...(tenant !== '' && { tenant }) })
    try {
      await this.#ask('POST', `imports/${id}/rows?${query}`, 'application/x-ndjson', lines.join('\n'))
    } catch (error) {
      if (!(error instanceof TooLarge) || lines.length === 1) throw error
      const half = lines.length >> 1
      await this.sendLot(id, from, tenant, lines.slice(0, half))
      await this.sendLot(id, from + half, tenant, lines.slice(half))
    }
  }

  end(id: string): Promise<ImportState> {
    return this.#ask('POST', `imports/${id}/end`)
  }

  /** Returns the number of the recount that will include everything that was sent. */
  async requestRecount(): Promise<number> {
    return (await this.#ask<{ run: number }>('POST', 'recount', 'application/json', '{}')).run
  }

  recount(): Promise<RecountState> {
    return this.#ask('GET', 'recount')
  }

  async #ask<T>(method: string, path: string, type?: string, body?: string): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#try(method, path, type, body)
      if (typeof answer !== 'string') return (await answer.json()) as T
      if (attempt === ATTEMPTS_MAX) throw new Fault(answer)
      await sleep(RETRY_MS * attempt)
    }
  }

  /** The answer, or why there is none yet (then it is retried). */
  async #try(method: string, path: string, type?: string, body?: string): Promise<Response | string> {
    const headers = type === undefined ? this.#headers : { ...this.#headers, 'content-type': type }
    const url = `${this.#url}/v1/admin/${path}`
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    try {
      const answer = await fetch(url, { method, headers, signal, ...(body !== undefined && { body }) })
      this.#hasAnswered = true
      if (answer.ok) return answer
      const text = (await answer.text()).slice(0, DETAIL_CHARS_MAX)
      const said = `${this.#url} answers ${answer.status}: ${text}`
      if (answer.status === 413) throw new TooLarge(said)
      if (answer.status < 500) throw new Fault(said)
      return said
    } catch (error) {
      if (error instanceof Fault) throw error
      const { cause, message } = error as Error
      const said = `${this.#url} does not answer: ${cause instanceof Error ? cause.message : message}`
      if (!this.#hasAnswered) throw new Fault(said)
      return said
    }
  }
}
