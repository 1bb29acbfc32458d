import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { formatRoute, parseRoute, VIDEO_DEFAULTS } from '../route.ts'
import { toggled, type Where, whereBody, whereOf } from './where.ts'

describe('the address of a filtered page reproduces it:', () => {
  const check = (query: string, where: Where) =>
    test(query, () => {
      const route = { ...VIDEO_DEFAULTS, videoId: 'cats', where }
      assert.equal(formatRoute(route), `#/video/cats?${query}`)
      assert.deepEqual(parseRoute(`#/video/cats?${query}`), route)
    })
  check('where=country:DE', [{ by: 'country', value: 'DE' }])
  check('where=country:DE&where=device:tv', [
    { by: 'country', value: 'DE' },
    { by: 'device', value: 'tv' },
  ])
  check('where=country:', [{ by: 'country', value: '' }])
  check('where=referrer:a:b%26c+d', [{ by: 'referrer', value: 'a:b&c d' }])
})

test('what is no filter is left out, and of an attribute the first one holds', () => {
  assert.deepEqual(whereOf(['country', ':DE', '1:DE', 'country:DE', 'country:FR']), [
    { by: 'country', value: 'DE' },
  ])
})

test('a filter is added, replaced by another value, and taken away', () => {
  const german = toggled([], { by: 'country', value: 'DE' })
  const phone = toggled(german, { by: 'device', value: 'phone' })
  assert.deepEqual(whereBody(phone), { country: 'DE', device: 'phone' })
  assert.deepEqual(whereBody(toggled(phone, { by: 'country', value: 'FR' })), {
    device: 'phone',
    country: 'FR',
  })
  assert.deepEqual(toggled(german, { by: 'country', value: 'DE' }), [])
})
