// The programs that the package is tried on: runtimes, bundlers and compilers, from npm, in a folder of their own.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { runProgram } from '../../infra/native/run-program.ts'

const PINS = fileURLToPath(new URL('toolbox/', import.meta.url))
const PIN_FILES = ['package.json', 'package-lock.json']
/** Binaries come in packages of their platform: no install script is needed, and none is run. */
const NPM_FLAGS = ['--ignore-scripts', '--include=optional', '--include=dev', '--no-audit', '--no-fund']

const PLATFORM = `${process.platform}-${process.arch}`
/** What npm calls the binaries of a runtime on a platform. */
const BINARIES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  deno: {
    'linux-x64': '@deno/linux-x64-glibc/deno',
    'linux-arm64': '@deno/linux-arm64-glibc/deno',
    'darwin-arm64': '@deno/darwin-arm64/deno',
  },
  bun: {
    'linux-x64': '@oven/bun-linux-x64/bin/bun',
    'linux-arm64': '@oven/bun-linux-aarch64/bin/bun',
    'darwin-arm64': '@oven/bun-darwin-aarch64/bin/bun',
  },
  workerd: {
    'linux-x64': '@cloudflare/workerd-linux-64/bin/workerd',
    'linux-arm64': '@cloudflare/workerd-linux-arm64/bin/workerd',
    'darwin-arm64': '@cloudflare/workerd-darwin-arm64/bin/workerd',
  },
}

export type Program = { readonly path: string } | { readonly missing: string }

export class Toolbox {
  readonly #modules: string

  constructor(directory: string) {
    this.#modules = join(directory, 'node_modules')
  }

  /** A file of an installed package. */
  file(path: string): string {
    return join(this.#modules, path)
  }

  node(major: number): Program {
    return this.#binary(`Node ${major}`, `node-${major}-${PLATFORM}/bin/node`)
  }

  runtime(name: 'deno' | 'bun' | 'workerd'): Program {
    return this.#binary(name, BINARIES[name]![PLATFORM])
  }

  /** The module that a package of the toolbox exports by this name. */
  async import<T>(name: string): Promise<T> {
    const resolve = createRequire(join(this.#modules, 'from-here.js')).resolve
    return (await import(pathToFileURL(resolve(name)).href)) as T
  }

  #binary(what: string, path: string | undefined): Program {
    if (path !== undefined && existsSync(this.file(path))) return { path: this.file(path) }
    return { missing: `npm gave no ${what} for ${PLATFORM}` }
  }
}

/** Installs what is pinned, all or nothing; does nothing if it is there. Returns its folder. */
export async function installToolbox(programs: string): Promise<string> {
  const pins = await Promise.all(PIN_FILES.map((name) => readFile(join(PINS, name))))
  const hash = createHash('sha256').update(Buffer.concat(pins)).digest('hex').slice(0, 12)
  const directory = join(programs, `package-test-${hash}`)
  if (existsSync(directory)) return directory
  console.log('installing runtimes, bundlers and compilers (once, about 1.1 GB) …')
  const draft = `${directory}.part`
  await rm(draft, { recursive: true, force: true })
  await mkdir(dirname(draft), { recursive: true })
  for (const name of PIN_FILES) await cp(join(PINS, name), join(draft, name))
  await runProgram('npm', ['ci', ...NPM_FLAGS], { cwd: draft })
  await rename(draft, directory)
  return directory
}
