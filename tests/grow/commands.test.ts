import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { codeBlocks } from '../../testing/doc-samples.ts'
import { root } from '../source-file.ts'
import { COMMANDS, DOCUMENT } from './commands.ts'

const blocks = codeBlocks(readFileSync(join(root, DOCUMENT), 'utf8')).filter(
  ({ language }) => language === 'sh',
)

test('each command that is tried on real servers is in one block of the document', () => {
  for (const [name, holding] of Object.entries(COMMANDS)) {
    const found = blocks.filter(({ text }) => text.includes(holding))
    assert.equal(found.length, 1, name)
  }
})

test('every block of the document is tried, and a shell can read it', () => {
  for (const { line, text } of blocks) {
    assert.ok(
      Object.values(COMMANDS).some((holding) => text.includes(holding)),
      `line ${line}`,
    )
    execFileSync('bash', ['-n', '-c', text])
  }
})
