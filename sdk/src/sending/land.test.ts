import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Outcome } from '../attempt.ts'
import { TallyError } from '../errors.ts'
import type { Item } from './event-queue.ts'
import { land } from './land.ts'
import { nextMove } from './next-move.ts'
import { admit } from './room.ts'
import { hurry, newSendState, type SendState } from './send-state.ts'
import { sendLimits } from './sending-options.ts'

const EPOCH_MS = 1_700_000_000_000
const error = new TallyError('too_large', 'too large')
const FAILURE: Outcome = { kind: 'retry', error, afterMs: 0, mayBeStored: true }
const TOO_LARGE: Outcome = { ...FAILURE, kind: 'too_large' }
const answered = (sent: number): Outcome => ({
  ...{ kind: 'answered', accepted: sent, late: 0, rejected: [], offsetMs: null },
})

/** A client that holds so many events. Time passes as fast as is needed. */
function clientOf(events: number) {
  const state = newSendState(sendLimits(false, { queueEventsMax: 100_000 }))
  let nowMs = 0
  const track = (event: Partial<Item> = {}) =>
    admit(state, { seq: state.nextSeq++, json: '{}', bytes: 2, atMs: 0, timeMs: EPOCH_MS, ...event })
  for (let i = 0; i < events; i++) track()
  /** Sends a batch, which ends by this outcome, and returns how large it was and what was settled. */
  const send = (outcome: (sent: number) => Outcome) => {
    hurry(state)
    nowMs += 1_000_000
    const flight = nextMove(state, nowMs)
    assert.ok(flight !== null && typeof flight === 'object', 'nothing is sent')
    const sent = flight.items.length
    const moment = { nowMs, epochMs: EPOCH_MS, random: 0 }
    return { sent, settled: land(state, flight, outcome(sent), moment, () => null) }
  }
  return { state, track, send }
}

const tooLarge = () => TOO_LARGE

test('a request that was too large halves the next, down to one event, which is rejected alone', () => {
  const { send, state } = clientOf(1_001)
  const sizes = Array.from({ length: 11 }, () => send(tooLarge).sent)
  assert.deepEqual(sizes, [1_000, 500, 250, 125, 63, 32, 16, 8, 4, 2, 1])
  assert.deepEqual(state.ledger, { captured: 1_001, delivered: 0, rejected: 1, dropped: 0, pending: 1_000 })
  assert.equal(state.pendingBytes, 2_000)
})

test('a batch that was smaller than the bound halves by what it held', () => {
  const { send, state } = clientOf(30)
  send(tooLarge)
  assert.equal(state.eventsMax, 15)
})

test('the bound grows again by successes at it, and by no others', () => {
  const { send, track, state } = clientOf(5_000)
  send(tooLarge)
  for (let i = 0; i < 400; i++) {
    for (let more = 0; more < 1_000; more++) track()
    send(answered)
  }
  assert.equal(state.eventsMax, 1_000)
  const small = clientOf(30)
  small.send(tooLarge)
  small.send(answered)
  const { eventsMax } = small.state
  assert.ok(eventsMax > 15)
  small.track()
  small.state.queue.splice(1)
  small.send(answered)
  assert.equal(small.state.eventsMax, eventsMax)
})

test('a limit of ten in between costs few refusals', () => {
  const { send, state } = clientOf(10_000)
  let refusals = 0
  while (state.queue.length > 0) {
    const { sent } = send((events) => (events > 10 ? TOO_LARGE : answered(events)))
    if (sent > 10) refusals++
  }
  assert.equal(state.ledger.delivered, 10_000)
  assert.ok(refusals < 20, `${refusals} refusals`)
})

const fates = ({ settled }: { settled: ReturnType<typeof land> }) =>
  settled.map(({ item: { seq }, fate }) => `${seq} ${'reason' in fate ? fate.reason : fate.kind}`)

test('what is too old by the event’s own time is not tried again, and the others go back in order', () => {
  const { send, track, state } = clientOf(2)
  track({ timeMs: EPOCH_MS - state.limits.eventAgeMaxMs - 1 })
  track()
  assert.deepEqual(fates(send(() => FAILURE)), ['3 too_old'])
  assert.deepEqual(
    state.queue.map(({ seq }) => seq),
    [1, 2, 4],
  )
})

test('after an answer that was lost a time is never mended', () => {
  const { send, state } = clientOf(0)
  const own = (mayBeStored: boolean) => {
    admit(state, { seq: state.nextSeq++, json: '{}', bytes: 2, atMs: 0, timeMs: EPOCH_MS, clockMs: EPOCH_MS })
    send(() => ({ ...FAILURE, mayBeStored }))
    return state.queue.pop()!.clockMs
  }
  assert.equal(own(false), EPOCH_MS)
  assert.equal(own(true), undefined)
})

test('each event of an answered request is delivered, but for those that were refused by their place', () => {
  const { send, state } = clientOf(3)
  const refusal = { index: 1, code: 'invalid_id', detail: 'no' }
  assert.deepEqual(fates(send(() => ({ ...answered(2), rejected: [refusal] }) as Outcome)), [
    '1 delivered',
    '2 rejected',
    '3 delivered',
  ])
  assert.equal(isBalanced(state), true)
})

function isBalanced({ ledger, pendingBytes }: SendState): boolean {
  const { captured, delivered, rejected, dropped, pending } = ledger
  return captured === delivered + rejected + dropped + pending && pendingBytes === 0
}
