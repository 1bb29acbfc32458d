// What compilers see: the oldest TypeScript that is supported, the last of its line and the newest, in both ways of
// resolving modules, with the library of a page and with Node's alone, strictly, and without skipping declarations.
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { runProgram } from '../../infra/native/run-program.ts'
import { installedSdk, tarballIn } from './installed-sdk.ts'

const OLDER = ['typescript-5.4', 'typescript-5.9']
const NEWEST = 'typescript-7'
const RESOLUTIONS = {
  NodeNext: { module: 'NodeNext' },
  Bundler: { module: 'ESNext', moduleResolution: 'Bundler' },
} as const

const { folder, toolbox } = installedSdk()
const compilerPath = (compiler: string) => toolbox.file(`${compiler}/bin/tsc`)

const PLATFORMS = {
  page: { lib: ['ES2022', 'DOM'], files: ['page.mts'], types: [] },
  node: { lib: ['ES2022'], files: ['from-arguments.mts', 'spooled.mts'], types: ['node'] },
} as const

async function compile(
  name: string,
  compiler: string,
  options: object,
  files: readonly string[],
): Promise<void> {
  const compilerOptions = {
    ...{ target: 'ES2022', strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
    ...{ skipLibCheck: false, noEmit: true, typeRoots: [toolbox.file('@types')] },
    ...options,
  }
  const config = join(folder, `tsconfig.${name}.json`)
  await writeFile(config, JSON.stringify({ compilerOptions, files }))
  await runProgram(process.execPath, [compilerPath(compiler), '-p', config], { cwd: folder })
}

/** Older compilers need seconds for each: of the four ways, two cover all. */
const isTried = (compiler: string, resolution: string, platform: string) =>
  compiler === NEWEST || (resolution === 'NodeNext') === (platform === 'node')

for (const compiler of [...OLDER, NEWEST]) {
  for (const [resolution, module] of Object.entries(RESOLUTIONS)) {
    for (const [platform, { files, ...platformOptions }] of Object.entries(PLATFORMS)) {
      if (!isTried(compiler, resolution, platform)) continue
      test(`${compiler}, ${resolution}, for ${platform}`, () =>
        compile(`${compiler}.${resolution}.${platform}`, compiler, { ...module, ...platformOptions }, files))
    }
  }
}

test('a wrong call does not compile', async () => {
  const text =
    "import { createClient } from '@tally/sdk'\ncreateClient({ url: 'a' }).getStats('v', 'view', 'median')\n"
  await writeFile(join(folder, 'wrong.mts'), text)
  const options = { module: 'NodeNext', lib: ['ES2022', 'DOM'], types: [] }
  await assert.rejects(compile('wrong', NEWEST, options, ['wrong.mts']), /'"median"' is not assignable/)
})

type Checked = { readonly problems: readonly { readonly kind: string; readonly resolutionKind?: string }[] }
type Attw = {
  createPackageFromTarballData(tarball: Uint8Array): object
  checkPackage(pkg: object): Promise<Checked>
}

/** Modules alone are published: what resolves without `exports`, and what must be required, is not served. */
const NOT_SERVED = (problem: Checked['problems'][number]) =>
  problem.resolutionKind === 'node10' || problem.kind === 'CJSResolvesToESM'

test('attw finds nothing that resolves wrongly', async () => {
  const { checkPackage, createPackageFromTarballData } = await toolbox.import<Attw>('@arethetypeswrong/core')
  const tarball = await readFile(await tarballIn(dirname(folder)))
  const { problems } = await checkPackage(createPackageFromTarballData(tarball))
  assert.deepEqual(
    problems.filter((problem) => !NOT_SERVED(problem)),
    [],
  )
})

type Publint = { publint(options: object): Promise<{ readonly messages: readonly object[] }> }

test('publint finds nothing, not even to suggest', async () => {
  const { publint } = await toolbox.import<Publint>('publint')
  const { buffer } = new Uint8Array(await readFile(await tarballIn(dirname(folder))))
  const { messages } = await publint({ pack: { tarball: buffer }, strict: true })
  assert.deepEqual(messages, [])
})
