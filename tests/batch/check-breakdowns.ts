// Compares breakdowns of every video and of all together with the truth, row by row, and their rows with the total.
import type { Client, SiteBreakdown } from '../../sdk/src/index.ts'
import type { Truth } from '../faults/acknowledged-counts.ts'
import { ATTRIBUTES, type Attribute, type AttributeTruth, type Wanted } from './attributes.ts'
import { type Findings, wholeDays } from './check.ts'
import { TYPES, VIDEOS } from './traffic.ts'

const CONCURRENCY = 4
const FUNCTIONS = ['count', 'sum'] as const

type Question = Wanted & { readonly by: Attribute; readonly fn: (typeof FUNCTIONS)[number] }
type Range = Truth['range']

/** Over whole UTC days. Fails with a TallyError. */
export async function checkBreakdowns(
  client: Client,
  range: Truth['range'],
  truth: AttributeTruth,
  signal: AbortSignal,
): Promise<Findings> {
  const findings: Findings = { compared: 0, differences: [] }
  const days = wholeDays(range)
  const questions = questionsOf()
  const worker = async () => {
    for (const question of questions) {
      const answer = await ask(client, question, days, signal)
      compare(question, answer, truth, findings)
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, worker))
  return findings
}

function* questionsOf(): Generator<Question, void> {
  for (const type of TYPES) {
    for (const by of ATTRIBUTES) {
      for (const fn of FUNCTIONS) yield { by, type, fn }
    }
    yield { by: 'country', type, fn: 'count', where: { device: 'tv' } }
    for (let video = 1; video <= VIDEOS; video++) {
      yield { by: 'country', type, fn: 'count', videoId: `video.${video}` }
      yield { by: 'device', type, fn: 'sum', videoId: `video.${video}` }
    }
  }
}

function ask(
  client: Client,
  { by, type, fn, videoId, where = {} }: Question,
  { fromMs, toMs }: Range,
  signal: AbortSignal,
): Promise<SiteBreakdown<Attribute>> {
  const asked = [by, type, fn, fromMs, toMs, { where, signal }] as const
  return videoId === undefined ? client.getSiteBreakdown(...asked) : client.getBreakdown(videoId, ...asked)
}

function compare(
  question: Question,
  answer: SiteBreakdown<Attribute>,
  truth: AttributeTruth,
  findings: Findings,
): void {
  const { by, type, fn, videoId = 'all videos', where } = question
  const about = `${fn} of ${videoId} ${type} by ${by}${where === undefined ? '' : ` ${JSON.stringify(where)}`}`
  const expect = (what: string, found: number, thousandths: number) => {
    findings.compared++
    const wanted = thousandths / 1_000
    if (found !== wanted) findings.differences.push(`${about}, ${what}: ${found}, not ${wanted}`)
  }
  const expected = truth.sums(by, question)
  const thousandthsOf = (value: string) => {
    const { count, thousandths } = expected.get(value) ?? { count: 0, thousandths: 0 }
    return fn === 'count' ? 1_000 * count : thousandths
  }
  const found = new Map(answer.rows.map((row) => [row[by], row.value ?? 0]))
  for (const value of new Set([...expected.keys(), ...found.keys()]))
    expect(value === '' ? 'without it' : value, found.get(value) ?? 0, thousandthsOf(value))
  const all = Array.from(expected.keys(), thousandthsOf).reduce((sum, one) => sum + one, 0)
  expect('in all', answer.total ?? 0, all)
}
