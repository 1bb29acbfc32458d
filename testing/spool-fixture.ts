// A spooled log over a log in memory with scripted behaviour, and a clock that runs while the test waits.
import assert from 'node:assert/strict'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { LevelDatabase } from '../stores/disk/level-database.ts'
import { LogError } from '../stores/log/log.ts'
import { textsOf } from '../stores/log/log-contract.ts'
import { Spool } from '../stores/log/spool/spool.ts'
import { SpooledLog, type SpooledLogOptions } from '../stores/log/spool/spooled-log.ts'
import { ManualClock } from './manual-clock.ts'
import { MemoryLog } from './memory-log.ts'

type Answer = Promise<{ offset: number }>
/** What the log does with an append; `take` stores the record. */
export type Behaviour = (take: () => Answer) => Answer

export const WORKING: Behaviour = (take) => take()
export const AWAY: Behaviour = () => Promise.reject(new LogError('unavailable', 'The log is away.'))
export const SILENT: Behaviour = () => new Promise(() => {})
export const TAKEN_BUT_FAILED: Behaviour = (take) => take().then(() => AWAY(take))
export const TAKEN_BUT_SILENT: Behaviour = (take) => take().then(() => SILENT(take))

export const APPEND_TIMEOUT_MS = 2_000
export const PARTITIONS = 3
const STEP_MS = 100
const STEPS_MAX = 100_000
/** Far more than any test asks of the clock: what takes longer waits for the disk. */
const QUICK_STEPS = 1_000

class RecordingClock extends ManualClock {
  readonly sleepsMs: number[] = []

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.sleepsMs.push(ms)
    return super.sleep(ms, signal)
  }
}

export class SpoolFixture {
  readonly clock = new RecordingClock()
  readonly log = new MemoryLog({ clock: this.clock, partitions: PARTITIONS })
  /** Every append that reached the log, stored or not. */
  asked = 0
  behaviour: Behaviour = WORKING
  readonly #options: SpooledLogOptions

  constructor(directory: string, options: Partial<SpooledLogOptions> = {}) {
    const { log } = this
    const misbehaving = {
      append: (...args: Parameters<MemoryLog['append']>) => {
        this.asked++
        return this.behaviour(() => log.append(...args))
      },
      sources: log.sources.bind(log),
      read: log.read.bind(log),
      bounds: log.bounds.bind(log),
      ends: log.ends.bind(log),
      offsetForTime: log.offsetForTime.bind(log),
    }
    this.#options = {
      log: misbehaving,
      directory,
      clock: this.clock,
      bytesMax: 1 << 20,
      appendTimeoutMs: APPEND_TIMEOUT_MS,
      random: () => 0.5,
      ...options,
    }
  }

  async open(): Promise<SpooledLog> {
    return (await this.openOnDatabase()).spooled
  }

  /** Exposes the database, so that its writes can be made to fail. */
  async openOnDatabase(): Promise<{ spooled: SpooledLog; database: LevelDatabase }> {
    const { directory } = this.#options
    await Spool.open(directory, this.#options).then((spool) => spool.close())
    const database = await LevelDatabase.open(directory, () => [])
    return { spooled: new SpooledLog(this.#options, await Spool.load(database, this.#options)), database }
  }

  /** Lets the clock run, a step at each turn of the event loop, or each millisecond, until the condition holds. */
  async until(condition: () => boolean): Promise<void> {
    for (let step = 0; !condition(); step++) {
      assert.ok(step < STEPS_MAX, `never came true: ${condition}`)
      await (step < QUICK_STEPS ? turn() : sleep(1))
      this.clock.advance(STEP_MS)
    }
  }

  /** Like `until`, for the result of a promise. */
  async whileWaiting<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false
    const settle = () => {
      isSettled = true
    }
    promise.then(settle, settle)
    await this.until(() => isSettled)
    return promise
  }

  texts(partition: number): Promise<string[]> {
    return textsOf(this.log, 'events', partition)
  }

  async allTexts(): Promise<string[]> {
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => this.texts(partition))
    return (await Promise.all(partitions)).flat()
  }
}
