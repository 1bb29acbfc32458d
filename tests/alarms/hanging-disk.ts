// A disk of its own that stands still again and again, as a broken or overloaded one does: what waits for it goes on
// when it works again. So requests are late however fast or busy the machine is.
import { mkdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { runProgram } from '../../infra/native/run-program.ts'

const DISK_MIB = 512

export class HangingDisk {
  readonly #directory: string
  #isHanging = false
  #pulses: Promise<void> = Promise.resolve()

  private constructor(directory: string) {
    this.#directory = directory
  }

  /** Fails with an InfraFault if this user may not mount, or the machine has no loop devices. */
  static async mount(directory: string, image: string): Promise<HangingDisk> {
    await mkdir(directory, { recursive: true })
    await runProgram('truncate', ['-s', `${DISK_MIB}M`, image])
    await runProgram('mkfs.ext4', ['-q', '-F', image])
    await runProgram('mount', ['-o', 'loop', image, directory])
    return new HangingDisk(directory)
  }

  /** From now on it works for `workMs` after each `hangMs`. */
  hang(hangMs: number, workMs: number): void {
    this.#isHanging = true
    this.#pulses = this.#pulse(hangMs, workMs)
    this.#pulses.catch(() => {}) // whoever ends it is told
  }

  /** Resolves when it works. */
  async endHang(): Promise<void> {
    this.#isHanging = false
    await this.#pulses
  }

  async unmount(): Promise<void> {
    await this.endHang()
    await runProgram('umount', [this.#directory])
  }

  async #pulse(hangMs: number, workMs: number): Promise<void> {
    // In one child, so that the disk works again whatever becomes of this process.
    const script = `fsfreeze -f "$1" && { sleep ${hangMs / 1_000}; fsfreeze -u "$1"; }`
    while (this.#isHanging) {
      await runProgram('sh', ['-c', script, 'sh', this.#directory])
      await sleep(workMs)
    }
  }
}
