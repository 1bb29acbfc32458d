import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../testing/manual-clock.ts'
import { CountsError } from '../cassandra/counts-error.ts'
import { ReadLimits } from './read-limits.ts'

const BUSY = { name: 'TitlesError', code: 'busy' }
const late = () => Promise.reject(new CountsError('timeout', 'too many tombstones'))

test('searches of a tenant rest after one that the servers could not answer, those of others do not', async () => {
  const clock = new ManualClock()
  const limits = new ReadLimits(null, clock)
  let asked = 0
  const search = async () => ++asked
  await assert.rejects(limits.search('a', late), { code: 'timeout' })
  await assert.rejects(limits.search('a', search), BUSY)
  assert.equal(await limits.search('b', search), 1)
  assert.equal(await limits.find('a', async () => 'a title'), 'a title')
  clock.advance(9_000)
  await assert.rejects(limits.search('a', search), BUSY)
  clock.advance(1_000)
  assert.equal(await limits.search('a', search), 2)
})

test('searches that waited while another one failed are not begun', async () => {
  const limits = new ReadLimits(null, new ManualClock())
  const failing = Promise.withResolvers<void>()
  let asked = 0
  const search = async () => {
    asked++
    await failing.promise
    return late()
  }
  const outcomes = Promise.allSettled(Array.from({ length: 20 }, () => limits.search('a', search)))
  failing.resolve()
  await outcomes
  assert.equal(asked, 4)
})

test('no tenant takes all places: single titles and searches of others are asked for at once', async () => {
  const limits = new ReadLimits(null, new ManualClock())
  const end = Promise.withResolvers<void>()
  let asked = 0
  const wait = async () => {
    asked++
    await end.promise
  }
  const finds = Array.from({ length: 512 }, () => limits.find('a', wait))
  const searches = Array.from({ length: 64 }, () => limits.search('a', wait))
  assert.ok(asked < 200, `${asked} at once`)
  await assert.rejects(limits.find('a', wait), BUSY)
  await assert.rejects(limits.search('a', wait), BUSY)
  assert.equal(await limits.find('b', async () => 'a title'), 'a title')
  assert.equal(await limits.search('b', async () => 'some'), 'some')
  end.resolve()
  await Promise.all([...finds, ...searches])
})

test('a search that fails for another reason is no reason to rest', async () => {
  const limits = new ReadLimits(null, new ManualClock())
  await assert.rejects(limits.search('a', () => Promise.reject(new Error('too much in the index'))))
  assert.equal(await limits.search('a', async () => 1), 1)
})
