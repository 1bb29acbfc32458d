// Two worlds have the same events, changes and questions. One reads hours that are rolled up from their rollups, the
// other raw events alone: nobody who asks may see which.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AUTOMATED } from '../../../model/automated.ts'
import { hourOf, MINUTE_MS, MINUTES_PER_DAY } from '../../../model/bucket.ts'
import { Random } from '../../../simulator/random.ts'
import { DAY } from '../../../testing/archive-fixture.ts'
import { BATCH_SETTINGS } from '../../../testing/batch-world.ts'
import { BreakdownWorld, NOW_MS } from '../../../testing/breakdown-world.ts'
import type { MemoryArchive } from '../../../testing/memory-archive.ts'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'
import { purgeOld, rollUpRecounted } from '../archiving/archive-maintenance.ts'

const HOURS = [0, 60, 120, 180]
const STEPS = 40
const SEEDS = [1, 2, 3, 4, 5, 6]
const KEEPING = { ...BATCH_SETTINGS, dimensions: ['country', AUTOMATED], dimensionValuesMax: 2 }
const COUNTRIES = ['DE', 'FR', 'PT', 'ES', null]
const VIDEOS = ['v1', 'v2', 'v3']

type Act = (world: BreakdownWorld) => Promise<unknown>
type Mutant = (archive: MemoryArchive) => void

/** What happens to both worlds. */
function actOf(random: Random, step: number): Act {
  const minute = DAY + random.pick(HOURS) + random.int(0, 50)
  const countries = Array.from({ length: random.int(1, 6) }, () => random.pick(COUNTRIES))
  const videoId = random.pick(VIDEOS)
  const origin = random.chance(0.3) ? 'events-late' : 'events'
  const closedTo = DAY + random.pick([60, 120, 180, 240])
  const acts: readonly Act[] = [
    (world) => world.views(minute, countries, origin),
    (world) =>
      world.others(
        minute,
        countries.map((country) => ({ videoId, country: country ?? '' })),
      ),
    (world) => world.streamed(minute, 1),
    recounted(closedTo),
    recounted(DAY + 240),
    ({ archive }) => archive.compact(closedTo),
    (world) => world.ask(202, 'DELETE', `videos/${videoId}`),
    ({ archive }) => archive.removeVideo('', videoId, minute),
    async ({ archive, rollups, clock }) => {
      const holdings = archive.holdings.bind(archive)
      archive.holdings = async () => (await holdings()).filter(({ hour }) => hour <= DAY)
      clock.advance(8 * MINUTES_PER_DAY * MINUTE_MS)
      await purgeOld({ archive, rollups, clock }, KEEPING, NOW_MS * 2 + step, Infinity)
      clock.advance(-8 * MINUTES_PER_DAY * MINUTE_MS)
      archive.holdings = holdings
    },
  ]
  return step === STEPS / 2 ? acts.at(-1)! : random.pick(acts.slice(0, -1))
}

function recounted(closedTo: number): Act {
  return async (world) => {
    await world.run(closedTo)
    world.clock.advance(MINUTES_PER_DAY * MINUTE_MS) // hours of few events wait until their day is over
    await rollUpRecounted(world, KEEPING)
    world.clock.advance(-MINUTES_PER_DAY * MINUTE_MS)
  }
}

function questionOf(random: Random): string {
  const fn = random.pick(['count', 'sum', 'average', 'max'])
  const isAligned = random.chance(0.5)
  const at = () => DAY + random.pick(HOURS) + (isAligned ? 0 : random.int(0, 59))
  const [a, b] = [at(), at()]
  const range = [
    random.chance(0.7) ? `&startTime=${Math.min(a, b) * MINUTE_MS}` : '',
    random.chance(0.7) ? `&endTime=${(Math.max(a, b) + 60) * MINUTE_MS}` : '',
  ].join('')
  const where = random.chance(0.4) ? `&where=country:${random.pick(['DE', 'FR', 'ES'])}` : ''
  const about = `eventType=view&function=${fn}${range}${where}`
  if (where !== '' && random.chance(0.4)) {
    const granularity = random.pick(['', '&granularity=PT1H', '&granularity=PT15M', '&granularity=PT1M'])
    return `site/stats?${about}${granularity}${granularity && '&timeZone=Asia/Kolkata'}`
  }
  const by = random.pick(['country', 'videoId', 'device'])
  const subject = by === 'videoId' || random.chance(0.6) ? 'site' : 'videos/v1'
  return `${subject}/breakdown?by=${by}&${about}&limit=${random.int(1, 4)}`
}

/** Returns the first question of which the answers differ; null: none. `used`: how many had rollups to read. */
async function run(seed: number, mutant: Mutant = () => {}) {
  await using directory = await temporaryDirectory()
  const worlds = ['rolled-up', 'raw'].map((name) => new BreakdownWorld(NOW_MS, `${directory.path}-${name}`))
  const [rolledUp, raw] = worlds as [BreakdownWorld, BreakdownWorld]
  raw.archive.settledHours = async () => []
  const settledHours = rolledUp.archive.settledHours.bind(rolledUp.archive)
  rolledUp.archive.settledHours = (by, from, to) => settledHours(by, from, to) // however few events there are
  mutant(rolledUp.archive)
  let used = 0
  const breakdown = rolledUp.archive.breakdown.bind(rolledUp.archive)
  rolledUp.archive.breakdown = (question, signal) => {
    if ((question.settledHours ?? []).length > 0) used++
    return breakdown(question, signal)
  }
  const random = new Random(seed)
  try {
    for (let step = 0; step < STEPS; step++) {
      const act = actOf(random, step)
      for (const world of worlds) await act(world)
      const question = questionOf(random)
      const ask = (world: BreakdownWorld) => world.app.inject(`/v1/${question}`)
      const [found, expected] = [await ask(rolledUp), await ask(raw)]
      if (found.body !== expected.body)
        return { used, wrong: `step ${step}: ${question}\n${found.body}\n${expected.body}` }
      for (const { clock } of worlds) clock.advance(MINUTE_MS)
    }
    return { used, wrong: null }
  } finally {
    for (const { app } of worlds) await app.close()
  }
}

describe('An answer that is read from rollups of hours whose raw events are there', () => {
  it('is the one that raw events give, whatever happened to them', async () => {
    let all = 0
    for (const seed of SEEDS) {
      const { used, wrong } = await run(seed)
      assert.equal(wrong, null, `seed ${seed}`)
      all += used
    }
    assert.ok(all > SEEDS.length, `rollups were read ${all} times`)
  })

  const caught = (what: string, mutant: Mutant) =>
    it(`is found wrong where ${what}`, async () => {
      for (const seed of SEEDS) if ((await run(seed, mutant)).wrong !== null) return
      assert.fail('every answer was right')
    })

  caught('rollups are read though raw events have changed since', (archive) => {
    archive.settledHours = async (by, from, to) =>
      (await archive.rolledUpHours(by, from, to)).filter((hour) => hour + 60 <= to)
  })
  caught('an hour is read as a whole of which the range has a part', (archive) => {
    const breakdown = archive.breakdown.bind(archive)
    archive.breakdown = async ({ settledHours = [], ...question }, signal) => {
      const cut = await archive.settledHours(question.by ?? '', hourOf(question.from), question.from + 60)
      const hours = new Set([...settledHours, ...cut])
      return breakdown({ ...question, settledHours: Array.from(hours) }, signal)
    }
  })
  caught('values that are among the others are not looked for', (archive) => {
    archive.hidingHours = async () => []
  })
})
