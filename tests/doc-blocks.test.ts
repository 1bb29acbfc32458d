// Blocks of code in documents: each is run or checked, here or in the test that is named, or it is told why not. A
// block that no line below is about fails.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { embedSnippet } from '../services/dashboard/page/sharing/embed-snippet.ts'
import { signedHeaders, webhookBody } from '../services/reconciler/alerts/webhook.ts'
import { misfit } from '../testing/check-answers.ts'
import { codeBlocks } from '../testing/doc-samples.ts'
import { RUN_DOCUMENTS } from './run-documents.ts'
import { documentPaths, root } from './source-file.ts'

type Check = (text: string) => void

/** Of all documents, by doc-commands.test.ts. */
const SHELL = 'sh'
/** By docs.test.ts, of the documents that it runs. */
const PROGRAM = 'ts'
/** Checked here: the block of a language in a document, which has one. */
const CHECKS: readonly (readonly [document: string, language: string, check: Check])[] = [
  ['docs/alerts.md', 'http', checkWebhook],
  ['docs/operate/kubernetes.md', 'yaml', checkValues],
  ['docs/operate/spark.md', 'properties', checkSpark],
  ['docs/show.md', 'html', checkSnippet],
]
/** Checked by a test that reads the same block. */
const ELSEWHERE: readonly (readonly [document: string, language: string, file: string])[] = [
  ['docs/alerts.md', 'js', 'services/reconciler/alerts/receivers.test.ts'],
  ['docs/alerts.md', 'py', 'services/reconciler/alerts/receivers.test.ts'],
  ['docs/keys.md', 'js', 'tests/doc-keys.test.ts'],
  ['docs/keys.md', 'nginx', 'tests/doc-keys.test.ts'],
  ['docs/operate.md', '', 'services/standalone/traces.test.ts'],
  ['load-tests/README.md', '', 'tools/load/load.test.ts'],
]
const NOT_CHECKED: readonly (readonly [document: string, language: string, why: string])[] = [
  ['README.md', '', 'is a drawing of the services'],
  ['ARCHITECTURE.md', '', 'is a drawing of the services'],
]

const textOf = (path: string) => readFileSync(join(root, path), 'utf8')

const blocks = documentPaths().flatMap((document) =>
  codeBlocks(textOf(document)).map((block) => ({ document, ...block })),
)

for (const { document, line, language, text } of blocks) {
  if (language === SHELL || (language === PROGRAM && RUN_DOCUMENTS.includes(document))) continue
  const isThis = ([ofDocument, ofLanguage]: readonly [string, string, unknown]) =>
    ofDocument === document && ofLanguage === language
  const [check, elsewhere] = [CHECKS.find(isThis), ELSEWHERE.find(isThis)]
  if (NOT_CHECKED.some(isThis)) continue
  test(`${document}:${line}: ${language}`, () => {
    if (elsewhere !== undefined) {
      const reads = `docBlock('${document}', '${language}')`
      assert.ok(textOf(elsewhere[2]).includes(reads), `${elsewhere[2]} has no ${reads}`)
    } else {
      assert.ok(check !== undefined, 'nothing checks this block: see the lists in this file')
      check[2](text)
    }
  })
}

test('every line of the lists is about one block', () => {
  for (const [document, language] of [...CHECKS, ...ELSEWHERE, ...NOT_CHECKED]) {
    const found = blocks.filter((block) => block.document === document && block.language === language)
    assert.equal(found.length, 1, `${document}: ${language}`)
  }
})

for (const document of documentPaths()) {
  test(`${document}: every block is seen`, () => {
    const fences = textOf(document).match(/^[ >]*(```|~~~)/gm) ?? []
    const seen = blocks.filter((block) => block.document === document)
    assert.equal(fences.length, 2 * seen.length)
  })
}

/** The headers and fields that are sent, in their order and form. */
function checkWebhook(text: string): void {
  const [head, body] = text.split('\n\n') as [string, string]
  const [request, ...lines] = head.split('\n')
  assert.match(request!, /^POST \/\S* HTTP\/1\.1$/)
  const headers = Object.fromEntries(lines.map((line) => line.split(': ')))
  const { type, timestamp, data } = JSON.parse(body)
  const { id, count, threshold, asOf } = data
  const notedMs = Date.parse(timestamp)
  const reason = { kind: type.replace('alert.', ''), threshold }
  const sent = webhookBody(data, { id, reason, count, asOfMs: Date.parse(asOf), notedMs })
  assert.equal(JSON.stringify({ type, timestamp, data }), sent)
  const { 'webhook-signature': given, ...others } = headers
  const { 'webhook-signature': made, ...wanted } = signedHeaders(id, sent, 'whsec_', notedMs)
  assert.deepEqual(others, wanted)
  const form = (signature: string) => signature.replaceAll(/[A-Za-z0-9+/]{43}=/g, 'BYTES')
  assert.equal(form(given!), form(made!))
}

/** By the schema that Helm holds values to. */
function checkValues(text: string): void {
  const schema = JSON.parse(textOf('infra/helm/tally/values.schema.json'))
  assert.equal(misfit(schema, parse(text)), null)
}

/** Settings that Tally leaves to Spark, and the Hadoop that is tested. */
function checkSpark(text: string): void {
  const lines = text.split('\n').filter((line) => !line.startsWith('#'))
  const settings = new Map(lines.map((line) => line.split(/\s+/) as [string, string]))
  const sources = globSync('stores/archive/spark/*.ts', { cwd: root }).map(textOf).join('\n')
  for (const name of settings.keys()) {
    assert.match(name, /^spark\.[a-z]+\.[a-z]+$/i)
    assert.ok(!sources.includes(`'${name}'`), `Tally sets ${name} itself`)
  }
  const [, version] = /<artifactId>hadoop-aws<\/artifactId>\s*<version>([\d.]+)</.exec(
    textOf('infra/spark/pom.xml'),
  )!
  assert.equal(settings.get('spark.jars.packages'), `org.apache.hadoop:hadoop-aws:${version}`)
}

/** What the page offers to copy, which tests in a browser paste. */
function checkSnippet(text: string): void {
  assert.equal(text, `${embedSnippet('https://tally.example', 'cats', 'view')} views`)
}
