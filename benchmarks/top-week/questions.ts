// What is asked when, and over which windows. Pure.
import { MINUTES_PER_DAY, MINUTES_PER_HOUR } from '../../model/bucket.ts'
import type { Type, Window } from './traffic.ts'

export type Question = Window & { readonly order: 'count' | 'rising' }

export type DueQuestion = {
  readonly kind: string
  readonly question: Question
  /** So many processes that have just started ask at once; null: the one that is there. */
  readonly newProcesses: number | null
}

type Span = Pick<Window, 'from' | 'to'>

const HOUR = MINUTES_PER_HOUR
const CROWD = 3

/** `now`: all minutes before it are stored; `minutes`: how many these are. */
export function dueQuestions(now: number, minutes: number): DueQuestion[] {
  const until = (from: number, to = 0): Span => ({ from: now - from, to: now - to })
  const all: readonly (readonly [number, string, Type, Question['order'], Span, newProcesses?: number])[] = [
    [20, 'last hour', 'view', 'count', until(HOUR)],
    [20, 'last hour, likes', 'like', 'count', until(HOUR)],
    [3 * HOUR, 'rising, an hour', 'view', 'rising', until(HOUR)],
    [3 * HOUR, 'parts of hours, yesterday', 'view', 'count', until(29 * HOUR + 17, 26 * HOUR - 5)],
    [6 * HOUR, 'last day', 'view', 'count', until(MINUTES_PER_DAY)],
    [12 * HOUR, 'a day until 20 h ago', 'view', 'count', until(44 * HOUR, 20 * HOUR)],
    [12 * HOUR, 'rising, a day', 'view', 'rising', until(MINUTES_PER_DAY)],
    [24 * HOUR, `last day, ${CROWD} new processes at once`, 'view', 'count', until(MINUTES_PER_DAY), CROWD],
  ]
  return all.flatMap(([everyMinutes, kind, type, order, span, newProcesses = null]) => {
    const question = { ...span, type, order }
    const reach = now - windowBefore(question).from
    return minutes % everyMinutes !== 0 || reach > minutes ? [] : { kind, question, newProcesses }
  })
}

/** The window beside which videos are ranked; where they are not, the same. */
export function windowBefore({ type, from, to, order }: Question): Window {
  return order === 'rising' ? { type, from: from - (to - from), to: from } : { type, from, to }
}
