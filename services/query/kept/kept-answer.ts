// The form of a cached answer of the counts: its content and its time. Pure.
import { Buffer } from 'node:buffer'
import type { Period } from '../../../stores/counts/counts.ts'

/** Must be raised with every change of the form, so that no process reads what another release wrote. */
export const FORMAT = 3

export type KeptAnswer<T> = {
  readonly answer: T
  /** Everything that the log took up to then is in the answer, epoch ms. */
  readonly asOfMs: number
  /** See Reached: what waited on the disk of a partitioner that could not be heard may not be in it. */
  readonly sureToMs: number
  /** When it was asked for, by the clock of the process that asked, epoch ms. */
  readonly askedMs: number
  /** How long the counts took for it. */
  readonly tookMs: number
}

/** The JSON form of an answer, because JSON has no bigint. */
export type AnswerForm<T> = {
  readonly toJson: (answer: T) => unknown
  readonly fromJson: (json: unknown) => T
  /** The weight in rows, at least 1. */
  readonly weightOf: (answer: T) => number
}

type PeriodJson = readonly [number, number, number, string, number | null, number | null, wholeHour?: 1]

export const PERIODS: AnswerForm<readonly Period[]> = {
  toJson: (periods) =>
    periods.map(({ start, aggregate: { count, values, sum, min, max }, isWholeHour }): PeriodJson => {
      const whole = isWholeHour ? ([1] as const) : ([] as const)
      return [start, count, values, String(sum), min, max, ...whole]
    }),
  fromJson: (json) =>
    (json as PeriodJson[]).map(([start, count, values, sum, min, max, whole]) => {
      const period = { start, aggregate: { count, values, sum: BigInt(sum), min, max } }
      return whole === 1 ? { ...period, isWholeHour: true } : period
    }),
  weightOf: (periods) => 1 + periods.length,
}

export const TYPES: AnswerForm<readonly string[]> = {
  toJson: (types) => types,
  fromJson: (json) => json as string[],
  weightOf: (types) => 1 + types.length,
}

export const FIRST_MINUTE: AnswerForm<number | null> = {
  toJson: (minute) => minute,
  fromJson: (json) => json as number | null,
  weightOf: () => 1,
}

export function encodeAnswer<T>(form: AnswerForm<T>, kept: KeptAnswer<T>): Uint8Array {
  const { answer, asOfMs, sureToMs, askedMs, tookMs } = kept
  return Buffer.from(JSON.stringify([asOfMs, sureToMs, askedMs, tookMs, form.toJson(answer)]))
}

/** Null for bytes that are not a cached answer. */
export function decodeAnswer<T>(form: AnswerForm<T>, bytes: Uint8Array): KeptAnswer<T> | null {
  try {
    const [asOfMs, sureToMs, askedMs, tookMs, json] = JSON.parse(Buffer.from(bytes).toString())
    return { asOfMs, sureToMs, askedMs, tookMs, answer: form.fromJson(json) }
  } catch {
    return null
  }
}
