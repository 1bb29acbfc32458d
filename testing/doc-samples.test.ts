import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeBlocks } from './doc-samples.ts'

test('blocks of a document are found, also in the items of a list', () => {
  const document = [
    '```sh',
    'one',
    '```',
    '1. An item:',
    '',
    '   ```sh',
    '   two \\',
    '',
    '     more',
    '   ```',
  ]
  assert.deepEqual(codeBlocks(document.join('\n')), [
    { line: 1, language: 'sh', text: 'one' },
    { line: 6, language: 'sh', text: 'two \\\n\n  more' },
  ])
})
