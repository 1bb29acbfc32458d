// Sends cases and keeps what is wrong with the answers, and what must be counted in the end.
import type { LedgerEntry } from '../faults/ledger.ts'
import type { GoodRequest, HttpRequest } from './good-request.ts'
import type { RawCase } from './raw-request.ts'
import type { Answer, Sender } from './send.ts'

const BUSY = 503
/** How HTTP itself says that it knows no such method or version. */
const OF_HTTP = [501, 505]
const BUSY_TRIES_MAX = 100
/** A good request that was not answered is sent again, as every sender does. */
const ANSWER_TRIES_MAX = 5
/** The most events of one request of these. */
const EVENTS_MAX = 20

type Receipt = {
  readonly accepted?: number
  readonly late?: number
  readonly rejected?: { readonly index: number }[]
}

export class Findings {
  readonly faults: string[] = []
  accepted = 0
  unanswered = 0
  readonly #sender: Sender
  readonly #statuses = new Map<number, number>()
  /** The names of the events of good requests, by video. */
  readonly #names = new Map<string, Set<string>>()
  #late = 0
  #openMax = 0

  constructor(sender: Sender) {
    this.#sender = sender
  }

  async good(number: number, request: GoodRequest, isTwice: boolean): Promise<void> {
    for (let times = 0; times < (isTwice ? 2 : 1); times++) {
      const answer = await this.#answerTo(number, request)
      if (answer === null) this.#fault(number, 'a good request was never taken')
      else this.#judgeGood(number, request, answer)
    }
  }

  async wild(number: number, request: HttpRequest): Promise<void> {
    const answer = await this.#sender.http(request)
    if (answer === null) {
      this.#mayBeTaken(EVENTS_MAX)
      return
    }
    this.#note(number, answer.status)
    if (answer.status === 202 && request.path.startsWith('/v1/events')) this.#take(JSON.parse(answer.body))
  }

  async raw(number: number, { bytes, requests }: RawCase): Promise<void> {
    const expected = requests.map(({ good }) => (good.length > 0 ? 202 : 422))
    const events = requests.reduce((sum, { good }) => sum + good.length, 0)
    for (let busy = 0, unanswered = 0; busy < BUSY_TRIES_MAX && unanswered < ANSWER_TRIES_MAX; ) {
      const statuses = await this.#sender.raw(bytes, requests.length === 0)
      for (const status of statuses) this.#note(number, status)
      if (requests.length === 0) return
      if (statuses.includes(BUSY)) busy += 1
      else if (statuses.length < expected.length) unanswered += 1
      else {
        if (String(statuses) !== String(expected)) this.#fault(number, `answers ${statuses}, not ${expected}`)
        for (const { good } of requests) this.#count(good)
        this.accepted += events
        return
      }
      this.#mayBeTaken(events)
    }
    this.#fault(number, 'it was never taken')
  }

  statuses(): string {
    const sorted = [...this.#statuses].sort(([a], [b]) => a - b)
    return sorted.map(([status, count]) => `${count} × ${status}`).join(', ')
  }

  /** What differs now from what must be counted in the end. */
  async countFaults(url: string): Promise<string[]> {
    const json = async <T>(path: string) => (await fetch(url + path)).json() as Promise<T>
    const wrong: string[] = []
    const { ledger } = await json<{ ledger: readonly LedgerEntry[] }>('/v1/audit')
    const sum = (of: 'events' | 'dead' | 'deadRecords') =>
      ledger.reduce((total, entry) => total + entry[of], 0)
    const least = this.accepted - this.#late
    if (sum('events') < least || sum('events') > least + this.#openMax) {
      wrong.push(`${sum('events')} events in the log, not ${least}`)
    }
    if (sum('dead') + sum('deadRecords') > 0)
      wrong.push(`${sum('dead')} dead, ${sum('deadRecords')} dead records`)
    for (const [videoId, names] of this.#names) {
      const { value } = await json<{ value: number }>(
        `/v1/videos/${videoId}/stats?eventType=view&function=count`,
      )
      if (value !== names.size) wrong.push(`${videoId}: ${value} counted, not ${names.size}`)
    }
    return wrong
  }

  async #answerTo(number: number, request: HttpRequest): Promise<Answer | null> {
    for (let busy = 0, unanswered = 0; busy < BUSY_TRIES_MAX && unanswered < ANSWER_TRIES_MAX; ) {
      const answer = await this.#sender.http(request)
      if (answer !== null) this.#note(number, answer.status)
      if (answer !== null && answer.status !== BUSY) return answer
      if (answer === null) unanswered += 1
      else busy += 1
      this.#mayBeTaken(EVENTS_MAX)
    }
    return null
  }

  /** Nobody was told whether so many events were taken. */
  #mayBeTaken(events: number): void {
    this.unanswered += 1
    this.#openMax += events
  }

  #judgeGood(number: number, { good, bad }: GoodRequest, { status, body }: Answer): void {
    const receipt = JSON.parse(body) as Receipt
    const rejected = (receipt.rejected ?? []).map(({ index }) => index)
    const isRight =
      status === (good.length > 0 ? 202 : 422) &&
      receipt.accepted === good.length &&
      String(rejected) === String(bad)
    if (!isRight) this.#fault(number, `${good.length} good and ${bad} bad: ${status} ${body.slice(0, 300)}`)
    this.#take(receipt)
    this.#count(good)
  }

  #take({ accepted = 0, late = 0 }: Receipt): void {
    this.accepted += accepted
    this.#late += late
  }

  #count(names: readonly string[]): void {
    for (const name of names) {
      const [videoId] = name.split(' ')
      const known = this.#names.get(videoId!) ?? new Set()
      this.#names.set(videoId!, known.add(name))
    }
  }

  #note(number: number, status: number): void {
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1)
    if (status >= 500 && status !== BUSY && !OF_HTTP.includes(status)) this.#fault(number, `answer ${status}`)
  }

  #fault(number: number, words: string): void {
    this.faults.push(`case ${number}: ${words}`)
  }
}
