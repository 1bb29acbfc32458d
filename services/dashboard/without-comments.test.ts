import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withoutComments } from './without-comments.ts'

const check = (name: string, text: readonly string[], expected: readonly string[]) =>
  test(name, () => assert.equal(withoutComments(text.join('\n')), expected.join('\n')))

check(
  'comments on lines of their own go, others stay',
  ['const a = 1 // one', '// two', '  /** three', '   * four */', "const b = 'http://x' /* five */"],
  ['const a = 1 // one', "const b = 'http://x' /* five */"],
)
check(
  'so do those of style sheets, and nothing between two of them',
  ['a {', '  /* b */', '  color: red;', '}', '/* c', 'd */', 'p {}'],
  ['a {', 'color: red;', '}', 'p {}'],
)
check(
  'what stands behind a comment stays, up to the next one too',
  ['/* one */ a()', 'b() /* two */'],
  ['/* one */ a()', 'b() /* two */'],
)
check(
  'blanks, indentation and empty lines go',
  ['const a   ', '   ', '', "  const b = ' '"],
  ['const a', "const b = ' '"],
)
