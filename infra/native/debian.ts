// Installs a Debian package, without letting it start a service of its own.
import { chmod, rm, writeFile } from 'node:fs/promises'
import { InfraFault } from '../fault.ts'
import { runProgram, succeeds } from './run-program.ts'

const POLICY = '/usr/sbin/policy-rc.d'
const APT = ['-y', '-q', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120']

export type DebianPackage = {
  readonly name: string
  readonly program: string
  /** The service that the package starts by itself; null if it starts none. */
  readonly unit: string | null
  /** Default: `-v`. */
  readonly versionFlag?: string
}

/**
 * Resolves at once if the program exists. Otherwise it needs root and apt-get, and fails with `missing_tool` without
 * them.
 */
export async function installPackage({
  name,
  program,
  unit,
  versionFlag = '-v',
}: DebianPackage): Promise<void> {
  if (await succeeds(program, [versionFlag])) return
  const byHand = `apt-get install --no-install-recommends ${name}`
  if (process.getuid?.() !== 0 || !(await succeeds('apt-get', ['--version']))) {
    throw new InfraFault('missing_tool', `${program} is not installed. As root, run: ${byHand}`)
  }
  const environment = { DEBIAN_FRONTEND: 'noninteractive' }
  const install = async () => {
    await runProgram('apt-get', ['install', ...APT, name], { environment })
  }
  await withoutServiceStarts(() =>
    install().catch(async () => {
      await runProgram('apt-get', ['update', '-q'])
      await install()
    }),
  )
  if (unit !== null) await succeeds('systemctl', ['disable', '--quiet', unit])
}

/** While `work` runs, packages may not start services: a policy-rc.d that exits with 101 forbids it. */
async function withoutServiceStarts(work: () => Promise<void>): Promise<void> {
  const ours = await writeFile(POLICY, '#!/bin/sh\nexit 101\n', { flag: 'wx' }).then(
    () => true,
    () => false,
  )
  try {
    if (ours) await chmod(POLICY, 0o755)
    await work()
  } finally {
    if (ours) await rm(POLICY)
  }
}
