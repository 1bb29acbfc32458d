import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseLayout } from './columns.ts'

test('the header of the reviews gives their preset away', () => {
  const { rule, columns } = chooseLayout(['reviewerId', 'vendorId', 'rating', 'date'], {}, null)
  assert.equal(rule, 'reviews')
  assert.equal(columns.videoId, 'vendorId')
})

test('columns called like the parts need no naming, and named ones go before them', () => {
  const columns = ['videoId', 'time', 'value', 'stars']
  assert.deepEqual(chooseLayout(columns, {}, null), {
    columns: { videoId: 'videoId', time: 'time', value: 'value' },
    rule: 'plain',
  })
  assert.equal(chooseLayout(columns, { value: 'stars' }, null).columns.value, 'stars')
})

test('what is missing is told all at once, with the columns that exist', () => {
  const choose = () => chooseLayout(['a', 'b'], { value: 'c', videoId: 'd' }, null)
  assert.throws(choose, (error: Error) => {
    assert.match(error.message, /no column "c"/)
    assert.match(error.message, /no column "d"/)
    assert.match(error.message, /no column for time/)
    assert.match(error.message, /The columns of this file: a, b/)
    return true
  })
  assert.throws(() => chooseLayout(['a', 'b'], {}, 'reviews'), /videoId=vendorId: there is no column/)
})

test('where rows are sparse, the first one need not hold every part', () => {
  const { columns } = chooseLayout(['videoId', 'time'], { value: 'stars' }, null, true)
  assert.equal(columns.value, 'stars')
  assert.equal(columns.viewerId, 'viewerId')
  assert.throws(() => chooseLayout(['videoId'], {}, null, true), /no column for time/)
})

test('a name that two columns have is refused where one of them is needed', () => {
  const existing = ['videoId', 'time', 'videoId', 'note', 'note']
  assert.throws(
    () => chooseLayout(existing, {}, null),
    /^Fault: videoId=videoId: there are 2 columns "videoId"\n/,
  )
  assert.equal(chooseLayout(existing.slice(1), {}, null).columns.videoId, 'videoId')
})
