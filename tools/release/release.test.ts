import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { entriesOf, entryFault } from './changelog.ts'
import { parseOptions } from './release-options.ts'
import { run } from './run-release.ts'
import { type Lockfile, sbomOf } from './sbom.ts'

const execute = promisify(execFile)
const NOW_MS = Date.UTC(2026, 10, 30)
const MADE = { serialNumber: 'urn:uuid:0', timestamp: '2026-11-30T00:00:00.000Z' }
const lockfile = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lockfile

const CHANGELOG = `# Changelog

## [Unreleased]

## [0.2.0] - 2026-11-30

### Added

- Something.

## [0.1.0]

- No date.
`

test('an entry is read with its date and its text', () => {
  assert.deepEqual(
    entriesOf(CHANGELOG).map(({ name, date }) => [name, date]),
    [
      ['Unreleased', null],
      ['0.2.0', '2026-11-30'],
      ['0.1.0', null],
    ],
  )
  assert.equal(entriesOf(CHANGELOG)[1]!.text, '### Added\n\n- Something.')
})

function check(version: string, isTrial: boolean, expected: RegExp | null): void {
  test(`${version}${isTrial ? ' as a trial' : ''}: ${expected ?? 'may be released'}`, () => {
    const fault = entryFault(CHANGELOG, version, isTrial)
    if (expected === null) assert.equal(fault, null)
    else assert.match(String(fault), expected)
  })
}

check('0.2.0', false, null)
check('0.1.0', false, /no date/)
check('0.3.0', false, /no entry for 0\.3\.0: add "## \[0\.3\.0\] - YYYY-MM-DD"/)
check('0.3.0', true, /says nothing of Unreleased/)

test('the bill of materials names what is shipped, with versions, licences and hashes, and nothing of the work', () => {
  const { components, dependencies, metadata } = sbomOf(lockfile, MADE)
  const names = components.map(({ group, name }) => (group === undefined ? name : `${group}/${name}`))
  const { dependencies: direct = {}, devDependencies = {} } = JSON.parse(
    readFileSync('package.json', 'utf8'),
  ) as Record<string, Record<string, string>>
  for (const name of Object.keys(direct)) assert.ok(names.includes(name), name)
  for (const name of ['typescript', 'knip', 'playwright-core']) {
    assert.ok(name in devDependencies && !names.includes(name), name)
  }
  for (const { name, version, licenses, hashes, purl } of components) {
    assert.match(version, /^\d/, name)
    assert.ok(licenses !== undefined, `${name} has no licence`)
    assert.match(hashes![0]!.content, /^[0-9a-f]{128}$/, name)
    assert.match(purl, /^pkg:npm\/(%40[^/@]+\/)?[^/@]+@\d/)
  }
  const refs = new Set([metadata.component['bom-ref'], ...components.map((one) => one['bom-ref'])])
  assert.equal(refs.size, components.length + 1)
  for (const { ref, dependsOn } of dependencies)
    for (const one of [ref, ...dependsOn]) assert.ok(refs.has(one), one)
  assert.ok(dependencies[0]!.dependsOn.some((ref) => ref.startsWith('pkg:npm/fastify@')))
})

/** A repository of its own, with an SDK that needs no build. */
async function repository(path: string, changelog: string): Promise<void> {
  await mkdir(join(path, 'sdk'), { recursive: true })
  await cp('package-lock.json', join(path, 'package-lock.json'))
  await writeFile(join(path, 'CHANGELOG.md'), changelog)
  await writeFile(join(path, 'sdk/package.json'), '{"name":"@tally/sdk","version":"0.1.0"}')
  const author = ['-c', 'user.name=t', '-c', 'user.email=t@example.com']
  for (const args of [
    ['init', '-q'],
    ['add', '-A'],
    [...author, 'commit', '-qm', 'Begin'],
  ])
    await execute('git', args, { cwd: path })
}

test('a trial makes the package, the sources, the bill of materials, and checksums of all', async () => {
  await using directory = await temporaryDirectory()
  const root = join(directory.path, 'tally')
  const out = join(directory.path, 'out')
  await repository(root, '## [Unreleased]\n\n- All.\n')
  const lines: string[] = []
  await run({ isTrial: true, out }, (line) => lines.push(line), NOW_MS, root)
  const names = ['tally-0.1.0.cdx.json', 'tally-0.1.0.tar.gz', 'tally-sdk-0.1.0.tgz']
  assert.deepEqual(readdirSync(out).sort(), ['SHA256SUMS', ...names])
  const sums = names.map((name) => {
    const digest = createHash('sha256').update(readFileSync(join(out, name)))
    return `${digest.digest('hex')}  ${name}\n`
  })
  assert.equal(readFileSync(join(out, 'SHA256SUMS'), 'utf8'), sums.join(''))
  assert.match(lines[1]!, /^would be next: git tag -s v0\.1\.0 /)
  await assert.rejects(
    run({ isTrial: true, out }, () => {}, NOW_MS, root),
    /out is not empty/,
  )
})

test('a release fails without an entry, and where something is not committed', async () => {
  await using directory = await temporaryDirectory()
  const [root, out] = [join(directory.path, 'tally'), join(directory.path, 'out')]
  await repository(root, '## [Unreleased]\n\n- All.\n')
  const release = () => run({ isTrial: false, out }, () => {}, NOW_MS, root)
  await assert.rejects(release, { name: 'Fault', message: /^CHANGELOG\.md has no entry for 0\.1\.0/ })
  await writeFile(join(root, 'CHANGELOG.md'), '## [0.1.0] - 2026-11-30\n\n- All.\n')
  await assert.rejects(release, { name: 'Fault', message: /^Something is not committed:\n M CHANGELOG\.md/ })
})

test('names every fault of the command line', () => {
  assert.throws(() => parseOptions(['now']), { name: 'UsageFault', message: 'now belongs to no flag' })
})
