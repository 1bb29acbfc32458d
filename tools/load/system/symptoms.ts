// The symptoms of an overloaded part of the system, or of the sender. Pure.
export type ProcessReading = {
  readonly name: string
  readonly loopDelayMs: number | null
  /** The mean time from passing a record to the log until it is durable. */
  readonly appendMs: number | null
  readonly appendFailures: number
  readonly spoolBytes: number | null
  readonly freshnessS: number | null
  readonly queueRows: number | null
  readonly breaker: number | null
  readonly halted: number | null
}

export type Reading = {
  readonly offeredPerS: number
  readonly acknowledgedPerS: number
  /** Of the last slot. */
  readonly acknowledgeP99Ms: number | null
  /** Requests answered 429, and those answered 5xx or not at all, since the previous reading. */
  readonly refused: number
  readonly failed: number
  readonly notSentPerS: number
  readonly senderLateMs: number
  readonly processes: readonly ProcessReading[]
}

export type Symptom = {
  /** The part, so that each is reported once. */
  readonly part: string
  readonly text: string
}

export const LIMITS = {
  acknowledgeP99Ms: 1_000,
  loopDelayMs: 250,
  appendMs: 500,
  freshnessS: 10,
  queueRows: 100_000,
  senderLateMs: 250,
} as const

/** From the inside outwards: causes before effects. */
export function symptomsOf(reading: Reading): Symptom[] {
  return [...reading.processes.flatMap(insideOf), ...doorOf(reading), ...senderOf(reading)]
}

function insideOf(process: ProcessReading): Symptom[] {
  const { name, loopDelayMs, appendMs, appendFailures, spoolBytes, freshnessS, queueRows, breaker, halted } =
    process
  return [
    ...found((breaker ?? 0) > 0, `store of ${name}`, `the store: its circuit breaker in ${name} opened`),
    ...found(
      (queueRows ?? 0) > LIMITS.queueRows,
      `store of ${name}`,
      `the store: ${queueRows} rows wait in ${name} to be written`,
    ),
    ...found(appendFailures > 0, `log of ${name}`, `the log: it did not confirm records of ${name}`),
    ...found(
      (appendMs ?? 0) > LIMITS.appendMs,
      `log of ${name}`,
      `the log: a record of ${name} takes ${Math.round(appendMs ?? 0)} ms to be durable`,
    ),
    ...found((spoolBytes ?? 0) > 0, `log of ${name}`, `the log: ${name} keeps events in its spool instead`),
    ...found((halted ?? 0) > 0, `counting of ${name}`, `the counting: sources stand still in ${name}`),
    ...found(
      (loopDelayMs ?? 0) > LIMITS.loopDelayMs,
      `event loop of ${name}`,
      `the event loop of ${name}: late by ${Math.round(loopDelayMs ?? 0)} ms (p99)`,
    ),
    ...found(
      (freshnessS ?? 0) > LIMITS.freshnessS,
      `counting of ${name}`,
      `the counting: it is ${Math.round(freshnessS ?? 0)} s behind in ${name}`,
    ),
  ]
}

function doorOf({ acknowledgeP99Ms, refused, failed, notSentPerS }: Reading): Symptom[] {
  return [
    ...found(refused > 0, 'door: 429', 'the door: it answers 429, more than it takes in at once'),
    ...found(failed > 0, 'door: 5xx', 'the door: it answers with errors (5xx) or not at all'),
    ...found(
      (acknowledgeP99Ms ?? 0) > LIMITS.acknowledgeP99Ms,
      'door: slow',
      `the door: one in a hundred answers takes more than ${Math.round(acknowledgeP99Ms ?? 0)} ms`,
    ),
    ...found(
      notSentPerS > 0,
      'door: all wait',
      'the door: every virtual user waits for an answer, and requests that are due are not sent',
    ),
  ]
}

function senderOf({ senderLateMs }: Reading): Symptom[] {
  const text = `the sender itself: it is late by ${Math.round(senderLateMs)} ms; its machine is too small or too busy`
  return found(senderLateMs > LIMITS.senderLateMs, 'sender', text)
}

function found(isFound: boolean, part: string, text: string): Symptom[] {
  return isFound ? [{ part, text }] : []
}
