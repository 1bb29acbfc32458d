import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UsageFault } from '../../lib/flags-reader.ts'
import { parseOptions } from './tail-options.ts'

test('without flags both spreads are counted over ten thousand to a million videos', () => {
  const { events, videos, spreads, rate } = parseOptions([])
  assert.deepEqual(
    { events, videos, spreads, rate },
    { events: 2_000_000, videos: [1e4, 1e5, 1e6], spreads: ['zipf', 'uniform'], rate: 0 },
  )
})

test('videos are named in a list, as numbers of any form', () => {
  assert.deepEqual(parseOptions(['--videos', '1e7,500', '--spread', 'uniform']).videos, [1e7, 500])
})

for (const args of [
  ['--videos', '0'],
  ['--videos', '1e4,x'],
  ['--spread', 'flat'],
  ['--from', 'a.json'],
]) {
  test(`${args.join(' ')} is refused`, () => {
    assert.throws(() => parseOptions(args), UsageFault)
  })
}
