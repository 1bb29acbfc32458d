import assert from 'node:assert/strict'
import { test } from 'node:test'
import { oneScript } from './one-script.ts'

const run = (texts: Readonly<Record<string, string>>) => {
  const script = oneScript(new Map(Object.entries(texts)), new Map([['lib', '(() => 40)()']]), 'main.ts')
  const log: unknown[] = []
  new Function('log', script)((value: unknown) => log.push(value))
  return log
}

test('modules run once, in the order of their imports, and names do not meet', () => {
  const log = run({
    'main.ts': [
      "import lib from 'lib'",
      "import { type Kind, one, two as second } from './a.ts'",
      "import type { Other } from './gone.ts'",
      "import {\n  Thing,\n} from './b.ts'",
      "const hidden = 'main'",
      'log([lib + 2, one(), second, new Thing().name satisfies Other, hidden as Kind])',
    ].join('\n'),
    'a.ts': `import { Thing } from './b.ts'
export type Kind = string
const hidden = 'a'
export function one(): string { return hidden + new Thing().name }
export const two = 2`,
    'b.ts': `const hidden = 'b'
log('b runs')
export class Thing { readonly name: string = hidden }`,
  })
  assert.deepEqual(log, ['b runs', [42, 'ab', 2, 'b', 'main']])
})

test('what cannot be joined is refused', () => {
  const refused = (texts: Readonly<Record<string, string>>, message: RegExp) =>
    assert.throws(() => run(texts), { message })
  refused({ 'main.ts': `import { a } from './a.ts'` }, /no module a\.ts/)
  refused(
    { 'main.ts': `import { a } from './a.ts'\nexport const b = 1`, 'a.ts': `import { b } from './main.ts'` },
    /main\.ts imports itself by way of others/,
  )
  refused({ 'main.ts': 'export default 1' }, /not understood: export default 1/)
})
