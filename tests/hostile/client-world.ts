// One client against one hostile server, decided by one seed: tracks, flushes, hides, crashes and closes while the
// server does what it likes, and checks at every moment what must hold.
import { createClient } from '../../sdk/src/client.ts'
import type { TallyEvent } from '../../sdk/src/event.ts'
import { Random } from '../../simulator/random.ts'
import { ClientCheck } from './client-check.ts'
import { type Act, makePlan, type Plan } from './client-plan.ts'
import { VirtualPage } from './virtual-page.ts'
import { VirtualTime, virtualRuntime } from './virtual-runtime.ts'
import { INVALID_TYPE, VirtualServer, type Watch } from './virtual-server.ts'
import { VirtualStore } from './virtual-store.ts'

export type ClientReport = {
  readonly seed: number
  readonly violation: string | null
  readonly events: number
  readonly stored: number
  readonly requests: number
  readonly failures: number
}

const URL = 'https://tally.test'
/** The longest pause that is honoured, the longest back-off, and some. */
const PATIENCE_MS = 3 * 3_600_000
const CLOSE_SLACK_MS = 100

export async function runClientWorld(seed: number): Promise<ClientReport> {
  const world = new ClientWorld(seed)
  await world.run()
  const { check, server } = world
  return {
    seed,
    violation: check.violation,
    events: check.tracked.size,
    stored: server.stored.size,
    requests: check.requests,
    failures: check.stalls,
  }
}

class ClientWorld {
  readonly #random: Random
  readonly #plan: Plan
  readonly #time = new VirtualTime()
  readonly #page = new VirtualPage()
  readonly #store: VirtualStore
  readonly check: ClientCheck
  readonly server: VirtualServer
  #isClosing = false
  #client: ReturnType<ClientWorld['start']>

  constructor(seed: number) {
    this.#random = new Random(seed)
    this.#plan = makePlan(this.#random)
    const { options, confirms, hasStore } = this.#plan
    const bounds = { events: options.queueEventsMax, bytes: options.queueBytesMax }
    const stored = new Map<string, number>()
    this.check = new ClientCheck(this.#time, stored, bounds, confirms && !hasStore)
    this.server = new VirtualServer(this.#time, this.#random, stored, (id) =>
      this.check.fail(`${id} is stored under two times`),
    )
    this.#store = new VirtualStore((id) => this.check.onForgotten(id))
    this.#client = this.start()
  }

  start() {
    const { isPage, hasStore, clockAheadMs, options } = this.#plan
    const { check, server } = this
    const watch: Watch = {
      onRequest: (events) => check.onRequest(events),
      onOutcome: (took, pauseMs) => isOn() && check.onOutcome(took, pauseMs),
    }
    const { runtime, switchOff, isOn } = virtualRuntime({
      time: this.#time,
      random: this.#random,
      clockAheadMs,
      fetch: (url, init) => server.fetch(url as string, init!, watch),
      page: isPage ? this.#page.globals : undefined,
    })
    const told = (events: readonly TallyEvent[], tell: (id: string) => void) => {
      if (isOn()) for (const { id } of events) tell(id!)
    }
    const tally = createClient(
      {
        url: URL,
        ...options,
        ...(hasStore && { store: this.#store.open() }),
        onDropped: (events) => told(events, (id) => this.check.onDropTold(id)),
        onRejected: (rejected) => {
          told(
            rejected.map(({ event }) => event),
            (id) => this.check.onSaid(id, { kind: 'rejected' }),
          )
        },
      },
      runtime,
    )
    this.check.onNewClient()
    return { tally, switchOff, isOn }
  }

  async run(): Promise<void> {
    const { acts, hostileMs, closesEarly } = this.#plan
    this.server.turnHostile(hostileMs)
    for (const { atMs, act } of acts) this.#time.after(atMs, () => this.#do(act))
    await this.#advance(hostileMs)
    if (!closesEarly) {
      this.#page.show()
      const isSettled = () => this.#client.tally.ledger().pending === 0
      await this.#advance(hostileMs + PATIENCE_MS, isSettled)
      if (!isSettled()) this.check.fail('events are pending long after the server has healed')
    }
    await this.#close()
    if (this.check.violation === null) this.check.checkEnd(this.#client.tally.ledger())
  }

  /** Until the moment comes, or something is wrong. */
  async #advance(untilMs: number, isOver = () => false): Promise<void> {
    while (this.check.violation === null && !isOver() && (await this.#time.advance(untilMs))) {
      this.check.checkMoment(this.#client.tally.ledger())
    }
  }

  #do(act: Act): void {
    if (act.kind === 'track') for (let i = 0; i < act.events; i++) this.#track(act.chars)
    else if (act.kind === 'flush') this.#flush(act.timeoutMs)
    else if (act.kind === 'hide') this.#page.hide()
    else if (act.kind === 'show') this.#page.show()
    else {
      this.#client.switchOff()
      this.#client = this.start()
    }
  }

  #track(chars: number): void {
    const { tally, isOn } = this.#client
    const id = `e${this.check.tracked.size}`
    const type = this.#random.chance(0.02) ? INVALID_TYPE : 'view'
    const event = { id, videoId: 'v', type, viewerId: 'x'.repeat(chars) }
    this.check.onTracked(event)
    if (!this.#plan.confirms) tally.track(event)
    else tally.track(event, { confirm: true }).then((outcome) => isOn() && this.check.onSaid(id, outcome))
    this.check.checkLedger(tally.ledger())
  }

  #flush(timeoutMs: number): void {
    const { isOn } = this.#client
    const startedMs = this.#time.nowMs
    const before = [...this.check.tracked.keys()]
    this.#client.tally.flush({ timeoutMs }).then(({ pending }) => {
      if (!isOn()) return
      const tookMs = this.#time.nowMs - startedMs
      if (tookMs > timeoutMs) this.check.fail(`flush took ${tookMs} ms of ${timeoutMs}`)
      if (pending > 0 && tookMs < timeoutMs && !this.#isClosing)
        this.check.fail(`flush ended with ${pending} events pending`)
      if (pending > 0 || !this.#plan.confirms || this.#plan.hasStore) return
      const open = before.find((id) => this.check.said(id) === undefined)
      if (open !== undefined)
        this.check.fail(`flush says that nothing is pending, and the fate of ${open} is open`)
    })
  }

  async #close(): Promise<void> {
    const { closeTimeoutMs } = this.#plan
    const { tally } = this.#client
    const startedMs = this.#time.nowMs
    this.#isClosing = true
    let undelivered: TallyEvent[] | null = null
    tally.close({ timeoutMs: closeTimeoutMs }).then((events) => {
      undelivered = events
    })
    // a moment of its own: without one, time would not move where nothing else is due
    this.#time.after(closeTimeoutMs + CLOSE_SLACK_MS, () => {})
    await this.#advance(startedMs + closeTimeoutMs + CLOSE_SLACK_MS, () => undelivered !== null)
    const given = undelivered as TallyEvent[] | null
    if (given === null)
      return this.check.fail(`close takes longer than ${closeTimeoutMs} + ${CLOSE_SLACK_MS} ms`)
    const { pending } = tally.ledger()
    if (pending !== given.length)
      this.check.fail(`close gives ${given.length} back, and ${pending} are pending`)
    for (const { id } of given) this.check.onSaid(id!, { kind: 'undelivered' })
  }
}
