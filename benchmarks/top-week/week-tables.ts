// What a week has shown, as tables, and whether it is as it must be. Pure.
import { quantile } from '../race.ts'
import type { Row } from '../report.ts'
import type { Answers, Outcome, WeekState } from './week.ts'

export function answerRow(kind: string, { outcomes, seconds, exactReads }: Answers): Row {
  const told = (outcome: Outcome) => outcomes.get(outcome) ?? 0
  return {
    question: kind,
    asked: [...outcomes.values()].reduce((a, b) => a + b, 0),
    exact: told('exact'),
    'with a bound that holds': told('bounded'),
    'rows lost': told('lost'),
    refused: told('refused'),
    wrong: told('wrong'),
    'seconds, median': quantile(seconds, 0.5),
    longest: Math.max(...seconds),
    'exact reads, at most': Math.max(...exactReads),
  }
}

/** What must not be, a sentence each. */
export function faultsOf(end: WeekState, answers: Iterable<Answers>): string[] {
  const outcomes = [...answers].flatMap((one) => [...one.outcomes])
  const told = (wanted: Outcome) =>
    outcomes.reduce((sum, [outcome, count]) => sum + (outcome === wanted ? count : 0), 0)
  const faults: [boolean, string][] = [
    [told('exact') === 0, 'No list was exact, so none was checked.'],
    [told('wrong') > 0, `${told('wrong')} lists are not what they say of themselves.`],
    [told('lost') > 0, `${told('lost')} lists say that rows are lost.`],
    [end.refusedWrites > 0, `Redis refused ${end.refusedWrites} writes.`],
    [end.refusedCalls > 0, `Redis refused ${end.refusedCalls} calls.`],
    [end.evictedKeys > 0, `Redis evicted ${end.evictedKeys} keys.`],
    [end.lostBefore > 0, 'Minutes were lost for lack of room.'],
  ]
  return faults.flatMap(([isSo, fault]) => (isSo ? [fault] : []))
}
