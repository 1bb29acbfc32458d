// A client of the admin API of a running Tally, as far as this command needs it. All calls fail with an ImportFault
// if the server is away or refuses; temporary failures are retried.
import { setTimeout as sleep } from 'node:timers/promises'
import { ImportFault } from './fault.ts'

export type ImportState = {
  readonly nextRow: number
  readonly stored: number
  readonly rejected: number
  readonly done: boolean
}

export type LotReceipt = ImportState & {
  readonly rejectedRows: readonly { readonly index: number; readonly code: string; readonly detail: string }[]
}

export type RecountState = {
  readonly ended: number
  readonly latest: { readonly hours: number; readonly buckets: number; readonly reconciledTo: string } | null
}

const ATTEMPTS_MAX = 8
const RETRY_MS = 500
const TIMEOUT_MS = 60_000
const DETAIL_CHARS_MAX = 500

class TooLarge extends ImportFault {}

export class ImportServer {
  readonly #url: string
  readonly #headers: Readonly<Record<string, string>>

  constructor(url: string, key: string | null) {
    this.#url = url
    this.#headers = key === null ? {} : { authorization: `Bearer ${key}` }
  }

  state(id: string): Promise<ImportState> {
    return this.#ask('GET', `imports/${id}`)
  }

  /** Halves a batch that is too large for a proxy in between. */
  async sendLot(id: string, from: number, tenant: string, lines: readonly string[]): Promise<LotReceipt> {
    const query = new URLSearchParams({ from: String(from), ...(tenant !== '' && { tenant }) })
    try {
      return await this.#ask('POST', `imports/${id}/rows?${query}`, 'application/x-ndjson', lines.join('\n'))
    } catch (error) {
      if (!(error instanceof TooLarge) || lines.length === 1) throw error
      const half = lines.length >> 1
      const first = await this.sendLot(id, from, tenant, lines.slice(0, half))
      const second = await this.sendLot(id, from + half, tenant, lines.slice(half))
      return { ...second, rejectedRows: [...first.rejectedRows, ...second.rejectedRows] }
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
      if (attempt === ATTEMPTS_MAX) throw new ImportFault(answer)
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
      if (answer.ok) return answer
      const text = (await answer.text()).slice(0, DETAIL_CHARS_MAX)
      const said = `${this.#url} answers ${answer.status}: ${text}`
      if (answer.status === 413) throw new TooLarge(said)
      if (answer.status < 500) throw new ImportFault(said)
      return said
    } catch (error) {
      if (error instanceof ImportFault) throw error
      const { cause, message } = error as Error
      return `${this.#url} does not answer: ${cause instanceof Error ? cause.message : message}`
    }
  }
}
