// What an operator can do with dead letters: list, show, replay, discard. A replayed event goes through the rules,
// the routing and the lanes of the front door like any other, with its own id and time; so it counts once, however
// often it is replayed and whatever crashes. Knows nothing of HTTP except its problem documents.

import type { Clock } from '../../../lib/clock.ts'
import { ProblemError } from '../../../lib/http/problem.ts'
import { mapBounded } from '../../../lib/map-bounded.ts'
import { MINUTE_MS } from '../../../model/bucket.ts'
import type { SchemaSet } from '../../../schemas/schema-set.ts'
import type { Journal } from '../../../stores/counts/journal.ts'
import type { Layouts } from '../../../stores/layouts/layouts.ts'
import { type Log, LogError } from '../../../stores/log/log.ts'
import { type Receipt, storeParsed } from '../accept.ts'
import { Gather } from '../gather.ts'
import type { EventLimits } from '../limits.ts'
import { NO_METRICS } from '../partitioner-metrics.ts'
import { DeadLane, type LaneLog } from './lane.ts'
import { type Letter, letterId, parseLetterId } from './letter.ts'
import { Acts, type LetterState, type Outcome, type RecordedAct, stateOf } from './letter-acts.ts'
import {
  type Correction,
  isSameIdentity,
  type Plan,
  partsOfIdentity,
  planReplay,
  type Unreadable,
} from './plan.ts'

export type DeadLettersDeps = {
  readonly log: LaneLog & Pick<Log, 'append'>
  readonly journal: Journal
  readonly layouts: Layouts
  readonly clock: Clock
  readonly limits: EventLimits
  /** See Naming. */
  readonly sourcesFromMs: number
  readonly schemas: SchemaSet
}

export type Filter = {
  readonly state: LetterState | null
  readonly reason: string | null
  /** The range in which they were set aside, epoch ms, half-open. */
  readonly fromMs: number | null
  readonly toMs: number | null
  /** Only letters before the one with this name. */
  readonly cursor: string | null
  readonly limit: number
}

export type FoundLetter = { readonly letter: Letter; readonly latest: RecordedAct | null }

export type Page = {
  readonly found: readonly FoundLetter[]
  /** The cursor of the next page, even if this page has found fewer than its limit; null at the end. */
  readonly cursor: string | null
}

export type BulkOutcome = {
  readonly replayed: number
  readonly refused: readonly { readonly id: string; readonly detail: string }[]
  readonly cursor: string | null
}

export const PAGE_LETTERS_MAX = 1_000
/** How many letters are read for one page, so that a filter for a rare reason does not take long. */
const LOOKED_AT_MAX = 10_000
/** The bytes shown for the letters of a page. */
const PAGE_BYTES_MAX = 32 << 20
const FINDS_IN_FLIGHT_MAX = 32
const REPLAYS_IN_FLIGHT_MAX = 32
const FAULTS_KEPT_MAX = 100
/** Open letters are counted among this many newest ones. */
const COUNTED_MAX = 10_000

/**
 * All calls fail with a ProblemError: `log-unavailable` or `journal-unavailable`, and those that each call documents.
 */
export class DeadLetters {
  readonly #deps: DeadLettersDeps
  readonly #lane: DeadLane
  readonly #acts: Acts
  readonly #gather: Gather
  /** Letters with an action in progress: two at once might store two different corrections. */
  readonly #busy = new Set<string>()
  /** Closed letters: a closed letter never opens again. */
  #closedOffsets = new Set<number>()

  constructor(deps: DeadLettersDeps) {
    this.#deps = deps
    this.#lane = new DeadLane(deps.log)
    this.#acts = new Acts(deps.journal, deps.clock)
    this.#gather = new Gather({ ...deps, metrics: NO_METRICS })
  }

  /** Newest first. Fails with `invalid-request` if the cursor is from another log. */
  async list(filter: Filter): Promise<Page> {
    return refusingWithoutLog(async () => {
      const source = await this.#lane.source()
      const stretch = await this.#lane.stretch(source, filter.fromMs, filter.toMs)
      const before = filter.cursor === null ? stretch.to : offsetIn(source.id, filter.cursor)
      const found: FoundLetter[] = []
      let lookedAt = 0
      let bytes = 0
      let cursor: string | null = null
      for await (const letters of this.#lane.newestFirst(source, {
        from: stretch.from,
        to: Math.min(stretch.to, before),
      })) {
        if (lookedAt >= LOOKED_AT_MAX) return { found, cursor }
        const ofReason = letters.filter(({ reason }) => filter.reason === null || reason === filter.reason)
        const withActs = await mapBounded(ofReason, FINDS_IN_FLIGHT_MAX, (letter) => this.#withAct(letter))
        for (const one of withActs) {
          if (filter.state !== null && stateOf(one.latest) !== filter.state) continue
          if (found.length === filter.limit || bytes >= PAGE_BYTES_MAX) return { found, cursor }
          found.push(one)
          bytes += one.letter.bytes.length
          cursor = one.letter.id
        }
        lookedAt += letters.length
        cursor = letters.at(-1)?.id ?? cursor
      }
      return { found, cursor: null }
    })
  }

  /** Fails with `not-found`. */
  async show(id: string): Promise<FoundLetter> {
    const place = parseLetterId(id)
    const letter = place === null ? null : await refusingWithoutLog(() => this.#lane.find(place))
    if (letter !== null) return this.#withAct(letter)
    const detail = 'There is no such dead letter, or no more: the log keeps them as long as raw events.'
    throw new ProblemError({ type: 'not-found', detail })
  }

  /**
   * Stores the letter's events, or an operator's correction of its single event. A letter that was already replayed
   * stays as it is. Fails with `not-found`; with `no-event-accepted` if each event has a fault; with
   * `invalid-request` or `conflict` if it may not be replayed, or not as this event.
   */
  async replay(id: string, correction: Correction | null, by: string | null): Promise<FoundLetter> {
    return this.#alone(id, async () => this.#replayOne(await this.show(id), correction, by))
  }

  /** Replays the open letters that match a filter, each like `replay`. */
  async replayAll(filter: Omit<Filter, 'state'>, by: string | null): Promise<BulkOutcome> {
    const { found, cursor } = await this.list({ ...filter, state: 'open' })
    const outcomes = await mapBounded(found, REPLAYS_IN_FLIGHT_MAX, async ({ letter: { id } }) => {
      try {
        const { latest } = await this.replay(id, null, by)
        if (stateOf(latest) === 'replayed') return null
        return { id, detail: describe(latest!.outcome!) }
      } catch (error) {
        if (!(error instanceof ProblemError) || error.status >= 500) throw error
        return { id, detail: error.detail }
      }
    })
    const refused = outcomes.filter((outcome) => outcome !== null)
    return { replayed: found.length - refused.length, refused, cursor }
  }

  /** Fails with `not-found`; with `conflict` if the letter has been replayed. */
  async discard(id: string, reason: string, by: string | null): Promise<FoundLetter> {
    return this.#alone(id, async () => {
      const { letter, latest } = await this.show(id)
      if (stateOf(latest) === 'replayed') {
        throw new ProblemError({
          type: 'conflict',
          detail: 'This letter has been replayed: its events are counted.',
        })
      }
      const act = { act: 'discarded', by, reason, identity: latest?.identity ?? null } as const
      return { letter, latest: await this.#acts.record(id, act, latest) }
    })
  }

  /** How many of the newest COUNTED_MAX letters are open. */
  async openCount(): Promise<number> {
    const source = await this.#lane.source()
    const { from, to } = await this.#lane.stretch(source, null, null)
    const first = Math.max(from, to - COUNTED_MAX)
    const offsets = Array.from({ length: to - first }, (_, i) => first + i)
    const closed = new Set(offsets.filter((offset) => this.#closedOffsets.has(offset)))
    const unsure = offsets.filter((offset) => !closed.has(offset))
    await mapBounded(unsure, FINDS_IN_FLIGHT_MAX, async (offset) => {
      const latest = await this.#acts.latest(letterId({ sourceId: source.id, offset }))
      if (stateOf(latest) !== 'open') closed.add(offset)
    })
    this.#closedOffsets = closed
    return offsets.length - closed.size
  }

  /** Finishes the writes in progress. */
  close(): Promise<void> {
    return this.#gather.close()
  }

  async #withAct(letter: Letter): Promise<FoundLetter> {
    return { letter, latest: await this.#acts.latest(letter.id) }
  }

  async #alone<T>(id: string, act: () => Promise<T>): Promise<T> {
    if (this.#busy.has(id)) {
      throw new ProblemError({ type: 'conflict', detail: 'Another action on this letter is in progress.' })
    }
    this.#busy.add(id)
    try {
      return await act()
    } finally {
      this.#busy.delete(id)
    }
  }

  async #replayOne(
    found: FoundLetter,
    correction: Correction | null,
    by: string | null,
  ): Promise<FoundLetter> {
    const { letter, latest } = found
    if (stateOf(latest) === 'replayed' && correction === null) return found
    const { schemas, limits, sourcesFromMs, clock } = this.#deps
    const rules = { ...limits, sourcesFromMs, nowMs: clock.nowMs() }
    const plan = checked(planReplay(schemas, rules, letter, correction), latest)
    if (stateOf(latest) === 'replayed') return found
    const { onTime, late } = plan.parsed
    if (onTime.length + late.length === 0) {
      throw nothingAccepted(
        outcomeOf({ accepted: 0, late: 0, rejected: plan.parsed.rejected }, plan.unreadable),
      )
    }
    const about = { by, identity: plan.identity, ...(correction !== null && { event: correction.event }) }
    const begun = await this.#acts.record(letter.id, { act: 'replay-begun', ...about }, latest)
    const receipt = await storeParsed(plan.parsed, {
      ...this.#deps,
      gather: this.#gather,
      metrics: NO_METRICS,
    })
    const outcome = outcomeOf(receipt, plan.unreadable)
    const isWhole = outcome.rejected + outcome.unreadable === 0
    const act = { act: isWhole ? 'replayed' : 'replayed-in-part', ...about, outcome } as const
    return { letter, latest: await this.#acts.record(letter.id, act, begun) }
  }
}

type SoundPlan = Extract<Plan, { ok: true }>

/** Events that an earlier replay may have stored must not be counted a second time under another name. */
function checked(plan: Plan, latest: RecordedAct | null): SoundPlan {
  if (!plan.ok) {
    const type = plan.code === 'not_replayable' ? 'conflict' : 'invalid-request'
    throw new ProblemError({ type, detail: plan.detail })
  }
  const earlier = latest?.identity ?? null
  if (earlier === null || plan.identity === null || isSameIdentity(plan.identity, earlier)) return plan
  const { minute, ...parts } = partsOfIdentity(earlier)
  const startTime = new Date(minute * MINUTE_MS).toISOString()
  const members = { earlier: { ...parts, minute: startTime } }
  const source = parts.source === null ? '' : ` from ${parts.source}`
  throw new ProblemError({
    type: 'conflict',
    detail:
      `An earlier replay may have stored this letter's event as ${parts.type ?? 'event'} ${parts.id}${source} of ` +
      `video ${parts.videoId} in the minute of ${startTime}. ` +
      'Only an event of the same video, type, minute, source and id can be counted once.',
    members,
  })
}

function outcomeOf({ accepted, late, rejected }: Receipt, unreadable: readonly Unreadable[]): Outcome {
  const faults = [
    ...unreadable.map(({ index, fault }) => ({ index, code: 'unreadable', detail: fault })),
    ...rejected,
  ]
  const numbers = { accepted, late, rejected: rejected.length, unreadable: unreadable.length }
  return { ...numbers, faults: faults.slice(0, FAULTS_KEPT_MAX) }
}

function nothingAccepted(outcome: Outcome): ProblemError {
  return new ProblemError({ type: 'no-event-accepted', detail: describe(outcome), members: { outcome } })
}

function describe({ accepted, faults }: Outcome): string {
  const [first] = faults
  const why = first === undefined ? 'The letter holds no event.' : `${first.code}: ${first.detail}.`
  return accepted === 0 ? why : `${accepted} events are stored, others are not. ${why}`
}

function offsetIn(sourceId: string, cursor: string): number {
  const place = parseLetterId(cursor)
  if (place !== null && place.sourceId === sourceId) return place.offset
  const detail = 'cursor must be one that the list of this log has given.'
  const errors = [{ parameter: 'cursor', code: 'invalid_parameter', detail }]
  throw new ProblemError({ type: 'invalid-request', detail, errors })
}

async function refusingWithoutLog<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    if (!(cause instanceof LogError)) throw cause
    const detail = 'The log cannot be read now.'
    throw new ProblemError({ type: 'log-unavailable', detail, cause })
  }
}
