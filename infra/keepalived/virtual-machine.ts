// One of the two machines with a balancer: nginx and keepalived in a network namespace.
import type { ChildProcess } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { renderNginx } from '../native/nginx.ts'
import { succeeds } from '../native/run-program.ts'
import { readInfraSettings } from '../settings.ts'
import { fill } from '../template.ts'
import { DEVICE, ip, killGroup, type Networks, SERVICE_ADDRESS, SHARED_ADDRESS } from './networks.ts'

const PORT = 8_080
const PRIORITIES = [110, 100]
const HERE = `http://127.0.0.1:${PORT}`

export const SHARED_URL = `http://${SHARED_ADDRESS}:${PORT}`

const read = (path: string) => readFile(fileURLToPath(new URL(path, import.meta.url)), 'utf8')

export class VirtualMachine {
  readonly name: string
  readonly #networks: Networks
  readonly #directory: string
  #nginx: ChildProcess | null = null

  private constructor(name: string, networks: Networks, directory: string) {
    this.name = name
    this.#networks = networks
    this.#directory = directory
  }

  /** @param number 1 or 2 */
  static async start(networks: Networks, parent: string, number: number): Promise<VirtualMachine> {
    const directory = join(parent, String(number))
    await mkdir(directory)
    const machine = new VirtualMachine(await networks.machine(number), networks, directory)
    await machine.startNginx()
    const file = join(directory, 'keepalived.conf')
    await writeFile(file, await keepalivedConfiguration(DEVICE, PRIORITIES[number - 1]!))
    const records = [`--pid=${join(directory, 'pid')}`, `--vrrp_pid=${join(directory, 'vrrp_pid')}`]
    networks.spawn(machine.name, 'keepalived', ['--dont-fork', '--vrrp', `--use-file=${file}`, ...records])
    return machine
  }

  async startNginx(): Promise<void> {
    const settings = readInfraSettings({ QUERIES: SERVICE_ADDRESS })
    const placed = { address: { host: '0.0.0.0', port: PORT }, runDirectory: this.#directory, settings }
    const file = join(this.#directory, 'nginx.conf')
    await writeFile(file, renderNginx(await read('../nginx/nginx.conf.tmpl'), placed, true))
    this.#nginx = this.#networks.spawn(this.name, 'nginx', [
      '-e',
      'stderr',
      '-p',
      this.#directory,
      '-c',
      file,
    ])
  }

  async killNginx(): Promise<void> {
    await killGroup(this.#nginx!)
  }

  /** Whether it has the shared address. */
  async isMaster(): Promise<boolean> {
    return (await ip(['-n', this.name, 'address', 'show', 'dev', DEVICE])).includes(`${SHARED_ADDRESS}/`)
  }

  /** Whether its own nginx answers. */
  isWell(): Promise<boolean> {
    return succeeds('ip', ['netns', 'exec', this.name, 'curl', '-sf', '-m', '1', `${HERE}/health/live`])
  }
}

async function keepalivedConfiguration(device: string, priority: number): Promise<string> {
  return fill(await read('keepalived.conf.tmpl'), {
    ...{ PRIORITY: priority, INTERFACE: device, PASSWORD: 'changeme' },
    ...{ ADDRESS: `${SHARED_ADDRESS}/24`, URL: HERE },
  })
}
