import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RawParameters } from '../../../lib/http/parameters.ts'
import { ProblemError } from '../../../lib/http/problem.ts'
import { checkVideoId } from '../../query/question/questions.ts'
import { breakdownQuestion } from './breakdown-question.ts'

const NOW_MS = Date.parse('2026-11-21T12:00:30Z')
const DIMENSIONS = ['country', 'device']
const ASKED = { by: 'country', eventType: 'view', function: 'count' }
const read = (raw: RawParameters, videoId = 'cats') =>
  breakdownQuestion(raw, DIMENSIONS, DIMENSIONS, NOW_MS, (parameters) => checkVideoId(videoId, parameters))

test('a question has a range up to now, and a hundred rows', () => {
  const to = Date.parse('2026-11-21T12:01Z') / 60_000
  assert.deepEqual(read(ASKED), {
    ...{ by: 'country', eventType: 'view', fn: 'count', range: { from: null, to } },
    ...{ where: {}, rowsMax: 100 },
  })
  assert.equal(read({ ...ASKED, limit: '1000' }).rowsMax, 1_000)
})

test('filters of one attribute are joined', () => {
  const where = ['country:DE', 'device:', 'country:FR', 'country:DE']
  assert.deepEqual(read({ ...ASKED, where }).where, { country: ['DE', 'FR'], device: [''] })
  assert.deepEqual(read({ ...ASKED, where: 'country:DE' }).where, { country: ['DE'] })
})

test('all that is wrong is told at once, with the dimensions that there are', () => {
  const faultsOf = (raw: RawParameters, videoId?: string) => {
    try {
      read(raw, videoId)
    } catch (error) {
      assert.ok(error instanceof ProblemError)
      return error.errors!.map(({ parameter, code, detail }) => `${parameter} ${code}: ${detail}`)
    }
    return []
  }
  const missing = faultsOf({}, '\0')
  assert.deepEqual(
    missing.map((fault) => fault.split(':')[0]),
    [
      ...['videoId invalid_parameter', 'by missing_parameter', 'eventType missing_parameter'],
      'function missing_parameter',
    ],
  )
  const wrong = { by: 'zodiac', eventType: 'V', function: 'rate', limit: '0', startTime: 'x', colour: 'red' }
  assert.equal(faultsOf(wrong).length, 6)
  assert.deepEqual(faultsOf({ ...ASKED, by: 'zodiac' }), [
    'by invalid_parameter: by must be one of the attributes that this server declares: country, device.',
  ])
  for (const limit of ['0', '1001', '-1', '1.5', 'x', ''])
    assert.equal(faultsOf({ ...ASKED, limit }).length, 1, limit)
  assert.match(faultsOf({ ...ASKED, startTime: '2026-11-21T13:00:00Z' })[0]!, /inverted_range/)
})
