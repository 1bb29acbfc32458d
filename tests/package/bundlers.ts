// The bundlers that users have.
import { join } from 'node:path'
import { runProgram } from '../../infra/native/run-program.ts'
import type { Toolbox } from './toolbox.ts'

type Esbuild = {
  build(options: object): Promise<{ readonly outputFiles: readonly { readonly contents: Uint8Array }[] }>
}
type BundleOptions = { readonly platform?: 'browser' | 'node'; readonly conditions?: readonly string[] }

const BUNDLED = {
  bundle: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  logLevel: 'silent',
} as const

/** With esbuild. Returns the path of the bundle. */
export async function bundle(
  toolbox: Toolbox,
  folder: string,
  entry: string,
  options: BundleOptions = {},
): Promise<string> {
  const { build } = await toolbox.import<Esbuild>('esbuild')
  const outfile = join(folder, entry.replace(/\.\w+$/, '.bundle.js'))
  const define = { 'process.env.NODE_ENV': '"production"' }
  await build({
    ...BUNDLED,
    platform: 'browser',
    define,
    ...options,
    entryPoints: [join(folder, entry)],
    outfile,
  })
  return outfile
}

/** What a page would load of this program. */
export async function minified(toolbox: Toolbox, folder: string, program: string): Promise<Uint8Array> {
  const { build } = await toolbox.import<Esbuild>('esbuild')
  const stdin = { contents: program, resolveDir: folder, loader: 'js' }
  const { outputFiles } = await build({ ...BUNDLED, stdin, platform: 'browser', minify: true, write: false })
  return outputFiles[0]!.contents
}

/** With vite as it is set up by default, for a page below `base`. Returns the folder of the page. */
export async function viteBuild(toolbox: Toolbox, folder: string, base: string): Promise<string> {
  const outDir = join(folder, 'vite')
  const args = ['build', '--base', base, '--outDir', outDir, '--logLevel', 'warn']
  await runProgram(process.execPath, [toolbox.file('vite/bin/vite.js'), ...args], { cwd: folder })
  return outDir
}
