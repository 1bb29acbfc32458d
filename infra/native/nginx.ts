// nginx: the balancer in front of the partitioners, the queries and the reconcilers.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fill } from '../template.ts'
import { installPackage } from './debian.ts'
import { accepts } from './exchange.ts'
import type { Placement, ServerProgram } from './program.ts'
import { runProgram } from './run-program.ts'

const TEMPLATE = fileURLToPath(new URL('../nginx/nginx.conf.tmpl', import.meta.url))
const BALANCE = fileURLToPath(new URL('../nginx/balance/', import.meta.url))

export const nginx: ServerProgram = {
  install: () => installPackage({ name: 'nginx-light', program: 'nginx', unit: 'nginx' }),
  async prepare(placement) {
    const configuration = renderNginx(await readFile(TEMPLATE, 'utf8'), placement, process.getuid?.() === 0)
    await writeFile(join(placement.runDirectory, 'nginx.conf'), configuration)
    await runProgram('nginx', ['-t', '-q', ...flags(placement)])
  },
  command: async (placement) => ({ program: 'nginx', args: flags(placement) }),
  async probe({ address }) {
    if (!(await accepts(address))) throw new Error('it does not listen')
  },
  reloads: true,
}

type Balanced = Pick<Placement, 'address' | 'runDirectory' | 'settings'>

/** If the master is root, its workers switch to another user, who may not enter the run directory. */
export function renderNginx(
  template: string,
  { address, runDirectory, settings }: Balanced,
  root: boolean,
): string {
  return fill(template, {
    USER: root ? 'user root;' : '',
    RUN: runDirectory,
    LISTEN: `${address.host}:${address.port}`,
    RESOLVER: '', // it balances addresses
    OPERATORS: '127.0.0.0/8 1;',
    BALANCE: join(BALANCE, `${settings.balance}.conf`),
    PARTITIONERS: upstream(settings.partitioners),
    QUERIES: upstream(settings.queries),
    RECONCILERS: upstream(settings.reconcilers),
  })
}

function upstream(addresses: readonly string[]): string {
  return addresses.map((address) => `server ${address} max_fails=3 fail_timeout=2s;`).join('\n    ')
}

function flags({ runDirectory }: Placement): string[] {
  return ['-e', 'stderr', '-p', runDirectory, '-c', join(runDirectory, 'nginx.conf')]
}
