// Style is a test: who may import what, what the core must not know, how long things may be. What the formatter, the
// linter and the compiler check is not checked again.
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { layerOf } from './layers.ts'
import { SDK_ENTRIES } from './package/sdk-entries.ts'
import { documentPaths, root, SourceFile, sourceFiles } from './source-file.ts'

const FILE_LINES_MAX = 400
const LINE_COLUMNS_MAX = 120
const FUNCTION_LINES_MAX = 70

const STORES = /^(stores|testing)\//
const STORES_AND_PEERS = /^(stores|testing|benchmarks\/cluster)\//

const TRACES = /^lib\/http\/otlp-traces\.ts$/

const E2E = /^tests\/(e2e|package)\//

/** Scripts that k6 runs, which may import only k6 and each other. */
const LOAD_SCRIPTS = /^load-tests\/(?!.*\.test\.ts$)/

const COMPOSING = /\/(admin-fixture|batch-layer|(broken-stream|privacy|purging)\.test|[a-z-]+-part)\.ts$/

/** Where a package may be imported; one that is not here may be imported nowhere. */
const HOMES: Readonly<Record<string, RegExp>> = {
  '@aws-sdk/client-s3': STORES,
  '@opentelemetry/api': TRACES,
  '@opentelemetry/core': TRACES,
  '@opentelemetry/exporter-trace-otlp-http': TRACES,
  '@opentelemetry/resources': TRACES,
  '@opentelemetry/sdk-trace': TRACES,
  avsc: /^(schemas|testing)\//,
  'classic-level': STORES,
  fastify: /^(services\/(?!processing\/core)|(lib|stores\/backing|schemas\/openapi|testing|benchmarks)\/)/,
  'prom-client': new RegExp(
    `${COMPOSING.source}|metrics(\\.test)?\\.ts$|^(lib/http|testing|stores/backing)/|lag-gauge`,
  ),
  '@duckdb/node-api': /^(stores|benchmarks)\//,
  '@platformatic/kafka': STORES,
  'cassandra-driver': STORES,
  ioredis: STORES_AND_PEERS,
  kafkajs: STORES_AND_PEERS,
  marked: /^services\/docs\/markdown\.ts$/,
  isbot: /^services\/partitioner\/automated\.ts$/,
  bowser: /^services\/partitioner\/agent\.ts$/,
  opossum: /^lib\/breaker\.ts$/,
  wabt: /^model\/sip-hash-wasm\.test\.ts$/,
  yaml: /^tests\//,
  '@redocly/openapi-core': /^tests\/openapi-lint\.test\.ts$/,
  uplot: /^services\/dashboard\/page\/charts\/chart\.ts$/,
  'playwright-core': E2E,
  'axe-core': E2E,
  k6: LOAD_SCRIPTS,
  'fast-check': /(\.test|\.integration-test|-contract|\/arbitrary-[a-z-]+|\/seeded-fast-check)\.ts$/,
}

/** Default exports that k6 needs (the scripts, and our form of its modules) and that Node needs of a reporter. */
const DEFAULT_EXPORTS = /^(load-tests\/[a-z-]+\.ts|tools\/load\/runner\/modules\/|tests\/failed-files)/

/** Of the SDK, for Node alone. */
const NODE_ONLY = /^sdk\/src\/(node\/|persist\/spool\.ts$)/

const CORE = 'services/processing/core/'
const SERIALIZERS: Readonly<Record<string, string>> = { [`${CORE}snapshot.ts`]: 'node:v8 node:zlib' }
const OUTSIDE_WORLD =
  /\bDate\.now|\bnew Date\(\)|\bMath\.random|\b(performance|process|console)\.|\bset(Timeout|Interval|Immediate)\b/

/** The product's, and those of what must not know the product: the load scripts and the page. */
const UNITS = [
  'model/bucket.ts',
  'lib/byte-units.ts',
  'load-tests/lib/durations.ts',
  'services/dashboard/page/ranges/zones.ts',
  'services/dashboard/page/first-questions.ts',
]
const UNIT = /^(export )?const ((SECOND|MINUTE|HOUR|DAY)_MS|MS_PER_SECOND|MIB) = [\dA-Z]\S* ?([*<]|$)/
const FLAGS_READER = 'lib/flags-reader.ts'

/** A file that a document names, such as `core/step.ts`: the end of a path. */
const NAMED_FILE = /`([\w./-]+\.(?:ts|mjs|cql|py|md|wat))`/g
const NAMES_FILES = /^(ARCHITECTURE|CONTRIBUTING|docs\/.*)\.md$/
const LINK = /\]\(([^)#\s]+)[^)]*\)/g
const GUILLEMET = /[\u00ab\u00bb]/
const GUILLEMET_IN_COMMENT = /(^\s*\/?\*|\/\/).*[\u00ab\u00bb]/
const EXACT_VERSION = /^\d+\.\d+\.\d+(-r\.\d+)?$/

const files = sourceFiles()
const documents = documentPaths().map((path) => new SourceFile(path, readFileSync(join(root, path), 'utf8')))
const isTest = ({ path }: SourceFile) => path.endsWith('.test.ts')
const isPure = (file: SourceFile) =>
  !isTest(file) && (file.path.startsWith('model/') || file.path.startsWith(CORE))

/** A rule over all files: all findings are listed together. */
function rule(name: string, findings: () => readonly string[]): void {
  test(name, () => {
    const found = findings()
    assert.equal(found.length, 0, `\n${found.join('\n')}\n`)
  })
}

/** A rule about imports: `fault` returns what is wrong with one, or null. */
function importRule(name: string, fault: (file: SourceFile, from: string) => string | null): void {
  rule(name, () =>
    files.flatMap((file) =>
      file.imports.flatMap(({ line, from }) => {
        const what = fault(file, from)
        return what === null ? [] : [file.at(line, what)]
      }),
    ),
  )
}

function packageOf(from: string): string {
  return from
    .split('/')
    .slice(0, from.startsWith('@') ? 2 : 1)
    .join('/')
}

function readJson(path: string) {
  return JSON.parse(readFileSync(join(root, path), 'utf8'))
}

importRule('third-party packages are imported where they belong', ({ path }, from) => {
  if (from.startsWith('node:') || existsSync(join(root, from))) return null
  return HOMES[packageOf(from)]?.test(path) ? null : `${from} has no place here`
})

importRule('the SDK knows nothing of the rest of the project', (file, from) => {
  if (!file.path.startsWith('sdk/src/') || from.startsWith('sdk/')) return null
  if (from.startsWith('node:'))
    return isTestSupport(file) || NODE_ONLY.test(file.path) ? null : `${from} is not there in a browser`
  return from === 'fast-check' && isTest(file) ? null : `${from} is outside the SDK`
})

importRule(
  'what is shipped imports the SDK by the sources of its entries, which need no build',
  ({ path }, from) => {
    if (packageOf(from) === '@tally/sdk') return `${from} is what is built: import a source of it`
    if (!from.startsWith('sdk/') || [null, 'sdk'].includes(layerOf(path))) return null
    const sources = SDK_ENTRIES.flatMap(({ source, nodeSource }) =>
      nodeSource ? [source, nodeSource] : [source],
    )
    return sources.includes(from) ? null : `${from} is not one of ${sources.join(', ')}`
  },
)

importRule('the core of processing does no I/O', (file, from) => {
  if (!isPure(file) || !from.startsWith('node:') || from === 'node:buffer') return null
  return SERIALIZERS[file.path]?.includes(from) ? null : `${from} in a pure file`
})

importRule('the reference counts by other means', ({ path }, from) => {
  return path === 'simulator/reference.ts' && from.startsWith(CORE)
    ? `${from} is what the reference stands against`
    : null
})

importRule('load scripts import k6 and each other alone', (file, from) => {
  if (!LOAD_SCRIPTS.test(file.path)) return null
  return /^(load-tests\/|k6(\/|$))/.test(from) ? null : `${from} is not there in k6`
})

rule('the core knows no clock, no chance, no environment', () =>
  files.filter(isPure).flatMap((file) => file.findings(OUTSIDE_WORLD, 'the outside world in a pure file')),
)

rule('nothing in the core waits', () =>
  files.filter(isPure).flatMap((file) => file.findings(/\basync\b|\bawait\b|\bPromise</, 'waits')),
)

rule('units of time and bytes are declared once', () =>
  files
    .filter(({ path }) => !UNITS.includes(path))
    .flatMap((file) => file.findings(UNIT, `a unit, which ${UNITS.join(' or ')} has`)),
)

rule('commands read their flags by one reader', () =>
  files
    .filter(({ path }) => path !== FLAGS_READER)
    .flatMap((file) => file.findings(/\bparseArgs\b/, `flags are declared, and read by ${FLAGS_READER}`)),
)

rule('exports have names', () =>
  files
    .filter(({ path }) => !DEFAULT_EXPORTS.test(path))
    .flatMap((file) => file.findings(/^export default\b/, 'a default export')),
)

rule(`files have at most ${FILE_LINES_MAX} lines`, () =>
  files
    .filter(({ lines }) => lines.length > FILE_LINES_MAX)
    .map((file) => file.at(FILE_LINES_MAX, `the file goes on to line ${file.lines.length}`)),
)

rule(`lines have at most ${LINE_COLUMNS_MAX} columns`, () => {
  const long = new RegExp(`^.{${LINE_COLUMNS_MAX + 1}}`)
  const quoted = /^simulator\/(identity-)?mutants\.ts:/ // repeats lines of other files, escaped
  return files
    .flatMap((file) => file.findings(long, 'a long line'))
    .filter((finding) => !quoted.test(finding))
})

rule(`functions have at most ${FUNCTION_LINES_MAX} lines`, () =>
  files
    .filter((file) => !isTest(file) && !/(\.chart-test|-contract)\.ts$/.test(file.path)) // a test may be a long table
    .flatMap((file) =>
      file.functions
        .filter(({ lines }) => lines > FUNCTION_LINES_MAX)
        .map(({ line, lines }) => file.at(line, `a function of ${lines} lines`)),
    ),
)

rule('names of files are words with dashes', () =>
  files.filter(({ path }) => !/^[a-z0-9./-]+$/.test(path)).map((file) => file.at(1, 'an odd name')),
)

rule('documents link to what is there', () =>
  documents.flatMap((document) =>
    document.lines.flatMap((line, i) =>
      Array.from(line.matchAll(LINK), ([, target]) => target!)
        .filter((target) => !/^[a-z]+:/.test(target))
        .filter((target) => !existsSync(join(root, dirname(document.path), decodeURIComponent(target))))
        .map((target) => document.at(i + 1, `${target} does not exist`)),
    ),
  ),
)

rule('documents name files that are there', () => {
  const paths = globSync('**/*', { cwd: root, exclude: (path) => path.includes('node_modules') })
  return documents
    .filter(({ path }) => NAMES_FILES.test(path))
    .flatMap((document) =>
      document.lines.flatMap((line, i) =>
        Array.from(line.matchAll(NAMED_FILE), ([, name]) => name!)
          .filter((name) => !paths.some((path) => `/${path}`.endsWith(`/${name}`)))
          .map((name) => document.at(i + 1, `${name} does not exist`)),
      ),
    )
})

/** Test names keep theirs: they are read as a specification, and other places quote them. */
rule('quotes are plain', () =>
  [...files, ...documents].flatMap((file) => {
    const pattern = isTest(file) || file.path.endsWith('-contract.ts') ? GUILLEMET_IN_COMMENT : GUILLEMET
    return file.findings(pattern, 'a guillemet: write "…" in prose and `…` for code')
  }),
)

rule('versions of packages are exact', () =>
  ['package.json', 'sdk/package.json'].flatMap((path) => {
    const { dependencies, devDependencies } = readJson(path)
    return Object.entries<string>({ ...dependencies, ...devDependencies })
      .filter(([, version]) => !EXACT_VERSION.test(version))
      .map(([name, version]) => `${path}: ${name} ${version}`)
  }),
)

rule('the lockfile names no host', () =>
  Object.entries<{ resolved?: string; link?: boolean }>(readJson('package-lock.json').packages)
    .filter(([, { resolved, link }]) => resolved !== undefined && !link)
    .map(([name, { resolved }]) => `package-lock.json: ${name} from ${resolved}`),
)

test('the rules see imports and functions as they are written', () => {
  const file = new SourceFile(
    'tests/b.ts',
    [
      "import { x } from './c.ts'",
      'import type {',
      '  Y,',
      "} from 'pkg/deep'",
      'function one(',
      '  y: number,',
      '): string {',
      '  if (y) {',
      '  }',
      '}',
      'const two = () => {',
      "  return import('../package.json')",
      '}',
    ].join('\n'),
  )
  assert.deepEqual(file.imports, [
    { line: 1, from: 'tests/c.ts' },
    { line: 2, from: 'pkg/deep' },
    { line: 12, from: 'package.json' },
  ])
  assert.deepEqual(file.functions, [
    { line: 7, lines: 4 },
    { line: 11, lines: 3 },
  ])
  assert.equal(packageOf('@a/b/c'), '@a/b')
})

/** Tests of the SDK and the server that they script run in Node alone. */
function isTestSupport(file: SourceFile): boolean {
  return isTest(file) || file.path === 'sdk/src/scripted-server.ts'
}
