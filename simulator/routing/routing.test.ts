import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { MINUTE_MS } from '../../model/bucket.ts'
import { LEAD_MS, PROPOSING_MS } from '../../stores/log/kafka/kafka-layouts.ts'
import { Random } from '../random.ts'
import { drawMinutes } from './draw-minutes.ts'
import { measure } from './measure.ts'
import { plot } from './plot.ts'
import { compareRouting, routingTable } from './routing.ts'
import { splitByRate } from './strategies.ts'

const SEED = 1
const RATIO_MAX = 1.5
const document = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')

const results = compareRouting(SEED)
const named = (name: string) => results.find((result) => result.name === name)!

test('split by rate, a viral video loads no partition above one and a half times the mean', () => {
  const { viral, zipf } = named('split by rate')
  assert.ok(named('video + minute').viral.worst > 10, 'without a split it does')
  assert.ok(viral.worst <= RATIO_MAX, `viral: ${viral.worst}`)
  assert.ok(zipf.worst <= RATIO_MAX, `Zipf: ${zipf.worst}`)
})

test('the video is spread from the third minute on', () => {
  const [first, second, ...others] = named('split by rate').viral.minutes
  assert.ok(first! > RATIO_MAX && second! > RATIO_MAX)
  assert.ok(others.every((ratio) => ratio <= RATIO_MAX))
})

test('in a cluster too, whenever in a minute it goes viral', () => {
  const arrivals = drawMinutes(new Random(SEED), 'viral')
  // The minutes of the traffic begin with it, so each layout begins later here than it would.
  for (const startMs of [0, 20_000, 40_000, 59_000]) {
    const router = splitByRate((nowMs) => Math.ceil((nowMs + startMs + LEAD_MS + PROPOSING_MS) / MINUTE_MS))
    const [, , ...others] = measure(router, arrivals).minutes
    assert.ok(Math.max(...others) <= RATIO_MAX, `${Math.max(...others)}`)
  }
})

test('our strategies bring every copy to its event, and bounded loads do not', () => {
  for (const { name, zipf, viral } of results) {
    const astray = zipf.copiesAstray + viral.copiesAstray
    if (name === 'bounded loads') assert.ok(astray > 0.5, `${astray}`)
    else assert.equal(astray, 0, name)
  }
})

test('the document shows what is measured', () => {
  assert.ok(
    document('routing.md').includes(routingTable(results)),
    `docs/routing.md should have\n${routingTable(results)}`,
  )
  assert.ok(document('routing.svg') === plot(results), 'npm run sim -- routing --plot docs/routing.svg')
})
