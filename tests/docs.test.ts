// What the documents promise: samples run, commands exist, links lead somewhere, and the README is short.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join, normalize } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createClient, TallyError } from '../sdk/src/node/index.ts'
import { codeBlocks, curlSamples } from '../testing/doc-samples.ts'
import { StandaloneChild } from '../testing/standalone-child.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { SCRIPTS } from './npm-scripts.ts'
import { RUN_DOCUMENTS } from './run-documents.ts'
import { documentPaths, root } from './source-file.ts'

const SAMPLE_IMPORT = /^import (\{.*?\}) from '(.+?)'/gm
/** A line that shows the value that it makes. */
const SHOWN_VALUE = /^const (\w+) = .* \/\/ (\{.*\})$/gm
const README_WORDS_MAX = 900
const COMMAND = /\bnpm run ([a-z][\w:-]*)/g
const LINK = /\]\(([^)#\s:]*)#([^)\s]+)\)/g
const PRINTS = /\bprints `(ready [^`]+)`/g
const HEADING = /^#+ (.*)$/gm

const AsyncFunction = (async () => {}).constructor as new (
  ...parts: string[]
) => (...given: unknown[]) => Promise<void>

/** The SDK is that of this checkout. */
async function load(name: string): Promise<object> {
  const [, entry] = /^@tally\/sdk(?:\/(\w+))?$/.exec(name) ?? [null, null]
  if (entry === null) return import(name)
  return import(`../sdk/src/${entry ?? 'node/index'}.ts`)
}

const textOf = (path: string) => readFileSync(join(root, path), 'utf8')

describe('samples', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>
  let server: StandaloneChild
  let url: string
  before(async () => {
    directory = await temporaryDirectory()
    server = new StandaloneChild({ DATA_DIR: directory.path })
    url = await server.url()
  })
  after(async () => {
    await server.kill('SIGTERM')
    await directory[Symbol.asyncDispose]()
  })

  for (const path of RUN_DOCUMENTS) {
    const document = textOf(path)
    const curls = curlSamples(document, new Date().toISOString())
    for (const { line, path: route, init, isStream, shown } of curls) {
      test(`${path}:${line}: ${init.method} ${route}`, async () => {
        const stop = new AbortController()
        const response = await fetch(url + route, { ...init, signal: stop.signal })
        if (isStream) {
          const { value } = await response.body!.getReader().read()
          assert.ok(value!.length > 0)
          stop.abort()
        } else {
          const printed = `${response.status} ${await response.text()}`
          assert.ok(response.ok, printed)
          if (shown !== null) assert.equal(printed, shown)
        }
      })
    }
    for (const { line, language, text } of codeBlocks(document)) {
      if (language !== 'ts') continue
      test(`${path}:${line}: TypeScript`, async () => {
        const program = stripTypeScriptTypes(text.replace(SAMPLE_IMPORT, "const $1 = await load('$2')"))
          .replaceAll(SHOWN_VALUE, '$&\nsame($1, $2)')
          .replaceAll('http://localhost:8080', url)
          .replaceAll('/var/spool', directory.path)
        const tally = createClient({ url })
        const named = { url, events: [{ videoId: 'cats', type: 'view' }], later() {}, same: assert.deepEqual }
        const given = { ...named, ...{ tally, createClient, TallyError, load } }
        // In a block, so that a sample may make a client of its own.
        await new AsyncFunction(...Object.keys(given), `{\n${program}\n}`)(...Object.values(given))
        await tally.close()
      })
    }
  }

  test('what the server prints when it is ready is what is shown beside npm start', () => {
    const told = RUN_DOCUMENTS.flatMap((path) =>
      Array.from(textOf(path).matchAll(PRINTS), ([, line]) => line!),
    )
    assert.ok(told.length >= 2, `${told}`)
    for (const line of told) assert.equal(line, `ready ${url}`.replace(new URL(url).host, 'localhost:8080'))
  })
})

for (const path of documentPaths()) {
  test(`${path} shows what is printed only where that is compared`, () => {
    const shown = codeBlocks(textOf(path))
      .filter(({ language }) => language === 'sh')
      .flatMap(({ text }) => text.match(/^# .*$/gm) ?? [])
    const compared = RUN_DOCUMENTS.includes(path) ? curlSamples(textOf(path), '') : []
    assert.deepEqual(
      shown,
      compared.flatMap(({ shown }) => (shown === null ? [] : [`# ${shown}`])),
    )
  })

  test(`${path} names commands that exist`, () => {
    const named = Array.from(textOf(path).matchAll(COMMAND), ([, name]) => name!)
    const absent = named.filter((name) => !(name in SCRIPTS))
    assert.deepEqual(absent, [])
  })

  test(`${path} links to headings that exist`, () => {
    const dead = Array.from(textOf(path).matchAll(LINK)).flatMap(([link, file, anchor]) => {
      const target = file === '' ? path : normalize(join(dirname(path), file!))
      return anchorsOf(textOf(target)).has(anchor!) ? [] : [link]
    })
    assert.deepEqual(dead, [])
  })
}

test('the proof of exactness names tests, code and mutants that exist', async () => {
  const document = textOf('docs/exactness.md').replace(/\s+/g, ' ')
  const paths = Array.from(document.matchAll(/`(\w+\/[\w/.-]+\.ts)`/g), ([, path]) => path!)
  const mutants = Array.from(document.matchAll(/`([a-z]+(?:-[a-z0-9]+)+)`/g), ([, name]) => name!)
  const tests = document.matchAll(/`([\w/.-]+\.ts)` \(“([^”]+)”\)/g)
  const { MUTANTS } = await import('../simulator/mutants.ts')
  const known = MUTANTS.map(({ name }) => name)
  assert.deepEqual(
    paths.filter((path) => !existsSync(join(root, path))),
    [],
  )
  assert.deepEqual(
    mutants.filter((name) => !known.includes(name)),
    [],
  )
  for (const [, path, name] of tests) assert.ok(textOf(path!).includes(`test('${name}'`), `${path}: ${name}`)
})

test(`the README has at most ${README_WORDS_MAX} words`, () => {
  assert.ok(textOf('README.md').split(/\s+/).length <= README_WORDS_MAX)
})

/** As GitHub makes them of headings. */
function anchorsOf(document: string): ReadonlySet<string> {
  const headings = Array.from(document.matchAll(HEADING), ([, heading]) => heading!)
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}
