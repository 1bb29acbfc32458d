// A separate disk in memory for one partitioner, so that it can be full while no other is. Knows nothing of spools.
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { runProgram } from '../../infra/native/run-program.ts'

/** A spool leaves 64 MiB of its disk free and uses at most half of the rest, so less would always be full. */
const DISK_MIB = 192
const BALLAST = 'ballast'
const CHUNKS_BYTES = [1 << 20, 4_096]

export class SpoolDisk {
  readonly #directory: string

  private constructor(directory: string) {
    this.#directory = directory
  }

  /** Fails with an InfraFault if this user may not mount. */
  static async mount(directory: string): Promise<SpoolDisk> {
    await mkdir(directory, { recursive: true })
    await runProgram('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'tmpfs', directory])
    return new SpoolDisk(directory)
  }

  /** Resolves when the disk is completely full. */
  async fill(): Promise<void> {
    const ballast = await open(join(this.#directory, BALLAST), 'a')
    try {
      for (const bytes of CHUNKS_BYTES) {
        const chunk = Buffer.alloc(bytes)
        while (await fits(ballast.write(chunk)));
      }
    } finally {
      await ballast.close()
    }
  }

  async free(): Promise<void> {
    await rm(join(this.#directory, BALLAST), { force: true })
  }

  async unmount(): Promise<void> {
    await runProgram('umount', [this.#directory])
  }
}

async function fits(writing: Promise<unknown>): Promise<boolean> {
  try {
    await writing
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false
    throw error
  }
}
