// The clock of one process, which can be set while it runs: libfaketime answers it in place of the system.
import { globSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { InfraFault } from '../../infra/fault.ts'
import { installPackage } from '../../infra/native/debian.ts'

export type FakeClock = {
  /** For the process. */
  readonly environment: Readonly<Record<string, string>>
  /** Takes effect within a second. */
  set(aheadMs: number): Promise<void>
}

const LIBRARY = '/usr/lib/*/faketime/libfaketime.so.1'

/** Fails with an InfraFault where it cannot be installed. */
export async function fakeClock(file: string, aheadMs: number): Promise<FakeClock> {
  await installPackage({ name: 'faketime', program: 'faketime', unit: null, versionFlag: '--version' })
  const [library] = globSync(LIBRARY)
  if (library === undefined) throw new InfraFault('missing_tool', `there is no ${LIBRARY}`)
  const set = (ms: number) => writeFile(file, `${ms < 0 ? '-' : '+'}${Math.abs(ms) / 1_000}\n`)
  await set(aheadMs)
  return {
    environment: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_CACHE_DURATION: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    },
    set,
  }
}
