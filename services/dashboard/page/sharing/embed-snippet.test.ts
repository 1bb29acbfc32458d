import assert from 'node:assert/strict'
import { test } from 'node:test'
import { embedSnippet } from './embed-snippet.ts'

test('the snippet is what a page of another site takes', () => {
  assert.equal(
    embedSnippet('https://tally.example', 'cats', 'like'),
    '<script type="module" src="https://tally.example/tally-count.js"></script>\n' +
      '<tally-count video="cats" type="like"></tally-count>',
  )
})

test('an id cannot leave its attribute', () => {
  const snippet = embedSnippet('https://tally.example', '"><img src=x>&', 'view')
  assert.match(snippet, /video="&quot;>&lt;img src=x>&amp;"/)
})
