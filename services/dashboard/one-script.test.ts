import assert from 'node:assert/strict'
import { test } from 'node:test'
import { oneScript } from './one-script.ts'

/** Apart from what follows, so that this file is not taken to import it. */
const LATER = 'import'
const LIBRARIES = new Map([['lib', 'lib.js']])

const run = (texts: Readonly<Record<string, string>>) => {
  const script = oneScript(new Map(Object.entries(texts)), LIBRARIES, 'main.ts')
  const log: unknown[] = []
  new Function('log', script)((value: unknown) => log.push(value))
  return log
}

test('modules run once, in the order of their imports, and names do not meet', () => {
  const log = run({
    'main.ts': [
      "import { type Kind, one, two as second } from './a.ts'",
      "import type { Other } from './gone.ts'",
      "import {\n  Thing,\n} from './b.ts'",
      "const hidden = 'main'",
      'log([one(), second, new Thing().name satisfies Other, hidden as Kind])',
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
  assert.deepEqual(log, ['b runs', ['ab', 2, 'b', 'main']])
})

test('modules import each other by paths, from folders and into them', () => {
  const log = run({
    'main.ts': "import { chart } from './charts/chart.ts'\nlog(chart)",
    'charts/chart.ts':
      "import { dom } from '../dom.ts'\nimport { ticks } from './ticks.ts'\nexport const chart = dom + ticks",
    'charts/ticks.ts': "import { dom } from '../dom.ts'\nexport const ticks = 'ticks of ' + dom",
    'dom.ts': "export const dom = 'dom '",
  })
  assert.deepEqual(log, ['dom ticks of dom '])
})

test('a library is imported when it is needed, from beside the script', () => {
  const main = "import type { Kind } from 'lib'\nexport const load = () => import('lib') satisfies Kind"
  const script = oneScript(new Map([['main.ts', main]]), LIBRARIES, 'main.ts')
  assert.match(script, /const load = \(\) => import\("\.\/lib\.js"\)$/m)
})

test('what cannot be joined is refused', () => {
  const refused = (texts: Readonly<Record<string, string>>, message: RegExp) =>
    assert.throws(() => run(texts), { message })
  refused({ 'main.ts': `import { a } from './a.ts'` }, /no module a\.ts/)
  refused(
    { 'main.ts': `import { a } from './a.ts'\nexport const b = 1`, 'a.ts': `import { b } from './main.ts'` },
    /main\.ts imports itself by way of others/,
  )
  refused({ 'main.ts': `${LATER}('lob')` }, /imports lob, which is not there/)
  refused({ 'main.ts': `import lib from 'lib'` }, /no module lib/)
  refused({ 'main.ts': 'export default 1' }, /not understood: export default 1/)
})
