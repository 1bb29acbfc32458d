// The answer to a request, in k6's form.
import type { IncomingMessage } from 'node:http'
import { missing } from '../missing.ts'

export class Response {
  /** 0 if there was no answer; then `error` says why. */
  readonly status: number
  readonly body: string
  readonly error: string
  readonly timings: { readonly duration: number }
  readonly #raw: readonly string[]

  constructor(incoming: IncomingMessage | null, body: string, durationMs: number, error = '') {
    this.status = incoming?.statusCode ?? 0
    this.body = body
    this.error = error
    this.timings = { duration: durationMs }
    this.#raw = incoming?.rawHeaders ?? []
  }

  static none(error: string, durationMs: number): Response {
    return new Response(null, '', durationMs, error)
  }

  /** By their canonical names, such as `Retry-After`. */
  get headers(): Readonly<Record<string, string>> {
    const headers: Record<string, string> = {}
    for (let i = 0; i < this.#raw.length; i += 2) headers[canonical(this.#raw[i]!)] = this.#raw[i + 1]!
    return headers
  }

  json(selector?: string): unknown {
    if (selector !== undefined) throw missing('response.json with a selector')
    return JSON.parse(this.body)
  }

  html(): never {
    throw missing('response.html')
  }

  get cookies(): never {
    throw missing('response.cookies')
  }
}

function canonical(name: string): string {
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())
}
