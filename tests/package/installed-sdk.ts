// The package as a user has it: packed, and installed in an empty folder with the programs of `consumer/` beside it.
import { cp, mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runProgram } from '../../infra/native/run-program.ts'
import { root } from '../source-file.ts'
import { Toolbox } from './toolbox.ts'

const CONSUMER = fileURLToPath(new URL('consumer/', import.meta.url))
const EXAMPLES = join(root, 'examples')
/** Beside the SDK. */
const EXAMPLES_NEED = ['react', 'react-dom', '@types/react', '@types/react-dom']
const TARBALL = /^tally-sdk-.+\.tgz$/

/** Says to the tests where everything is: they are processes of their own. */
const VARIABLES = { toolbox: 'PACKAGE_TEST_TOOLBOX', folder: 'PACKAGE_TEST_FOLDER' } as const

/** Returns the environment for the tests. */
export async function packAndInstall(directory: string, toolbox: string): Promise<Record<string, string>> {
  await runProgram('npm', ['pack', '--pack-destination', directory], { cwd: join(root, 'sdk') })
  const folder = join(directory, 'consumer')
  await mkdir(folder)
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  // Offline: it must need nothing else.
  const flags = ['--offline', '--no-audit', '--no-fund']
  await runProgram('npm', ['install', ...flags, await tarballIn(directory)], { cwd: folder })
  await cp(CONSUMER, folder, { recursive: true })
  await cp(EXAMPLES, join(folder, 'examples'), { recursive: true })
  await mkdir(join(folder, 'node_modules/@types'))
  for (const name of EXAMPLES_NEED) {
    await symlink(join(toolbox, 'node_modules', name), join(folder, 'node_modules', name))
  }
  await compileConsumer(folder, new Toolbox(toolbox))
  return { [VARIABLES.toolbox]: toolbox, [VARIABLES.folder]: folder }
}

/** The programs as JavaScript, for runtimes that know no TypeScript. */
async function compileConsumer(folder: string, toolbox: Toolbox): Promise<void> {
  const options = ['--module', 'nodenext', '--target', 'es2022', '--strict', '--skipLibCheck']
  const types = ['--types', 'node', '--typeRoots', toolbox.file('@types')]
  const compiler = toolbox.file('typescript-7/bin/tsc')
  await runProgram(
    process.execPath,
    [compiler, ...options, ...types, 'from-arguments.mts', 'page.mts', 'spooled.mts'],
    {
      cwd: folder,
    },
  )
}

/** Where it was installed, for a test. */
export function installedSdk(): { readonly folder: string; readonly toolbox: Toolbox } {
  const [folder, toolbox] = [process.env[VARIABLES.folder], process.env[VARIABLES.toolbox]]
  if (folder === undefined || toolbox === undefined) throw new Error('run by npm run test:package -- FILE')
  return { folder, toolbox: new Toolbox(toolbox) }
}

export async function tarballIn(directory: string): Promise<string> {
  const [name, ...others] = (await readdir(directory)).filter((file) => TARBALL.test(file))
  if (name === undefined || others.length > 0) throw new Error(`npm pack left not one file in ${directory}`)
  return join(directory, name)
}
