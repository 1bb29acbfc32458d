import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { takeFirstAnswer } from './first-answers.ts'

const asked = new Map<string, Promise<Response>>()
Object.assign(globalThis, { tallyFirst: asked })
after(() => Object.assign(globalThis, { tallyFirst: undefined }))

test('an answer is for the first who asks the same, and for nobody else', () => {
  const answer = Promise.resolve(new Response('{}'))
  asked.set('v1/top?a', answer)
  assert.equal(takeFirstAnswer('v1/top?b'), null)
  assert.equal(takeFirstAnswer('v1/top?a'), answer)
  assert.equal(takeFirstAnswer('v1/top?a'), null)
})

test('an answer that nobody took soon is old', (t) => {
  asked.set('v1/top?a', Promise.resolve(new Response('{}')))
  t.mock.method(performance, 'now', () => 60_000)
  assert.equal(takeFirstAnswer('v1/top?a'), null)
})

test('where nothing was asked there is nothing', () => {
  Object.assign(globalThis, { tallyFirst: undefined })
  assert.equal(takeFirstAnswer('v1/top?a'), null)
})
