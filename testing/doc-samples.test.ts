import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeBlocks, curlSamples, docBlock } from './doc-samples.ts'

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

test('a comment on the next line is what a request prints, one beside it is not', () => {
  const block = [
    '```sh',
    'curl localhost:8080/a # one',
    '# 200 {}',
    "curl localhost:8080/b --json '{",
    "}'",
    '```',
  ]
  const samples = curlSamples(block.join('\n'), '')
  assert.deepEqual(
    samples.map(({ path, shown }) => [path, shown]),
    [
      ['/a', '200 {}'],
      ['/b', null],
    ],
  )
})

test('a block that is not there, or not the only one, is no block', () => {
  assert.match(docBlock('docs/keys.md', 'nginx'), /^log_format /)
  assert.throws(() => docBlock('docs/keys.md', 'yaml'), /has 0 blocks of yaml/)
  assert.throws(() => docBlock('docs/keys.md', 'sh'), /has \d+ blocks of sh, not 1/)
})
