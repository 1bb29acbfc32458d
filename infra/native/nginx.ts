// nginx: the balancer in front of the partitioners, the queries and the reconcilers.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TlsFiles } from '../settings.ts'
import { fill } from '../template.ts'
import { installPackage } from './debian.ts'
import { accepts } from './exchange.ts'
import type { Placement, ServerProgram } from './program.ts'
import { runProgram } from './run-program.ts'

const TEMPLATE = fileURLToPath(new URL('../nginx/nginx.conf.tmpl', import.meta.url))
const TLS = fileURLToPath(new URL('../nginx/tls.conf', import.meta.url))
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
    TLS_LISTENS: settings.tls === null ? '' : ' ssl http2',
    TLS: settings.tls === null ? '' : tlsDirectives(settings.tls),
    LISTEN_INSIDE: '',
    RESOLVER: '', // it balances addresses
    OPERATORS: '127.0.0.0/8 1;',
    CDN: settings.cdn,
    BALANCE: join(BALANCE, `${settings.balance}.conf`),
    PARTITIONERS: upstream(settings.partitioners),
    QUERIES: upstream(settings.queries),
    RECONCILERS: upstream(settings.reconcilers),
  })
}

/** See the comment at the upstreams of the template. */
export function balancedServer(address: string): string {
  return `server ${address} weight=500 max_fails=3 fail_timeout=2s;`
}

function upstream(addresses: readonly string[]): string {
  return addresses.map(balancedServer).join('\n    ')
}

function tlsDirectives({ certificate, key }: TlsFiles): string {
  return `ssl_certificate ${certificate}; ssl_certificate_key ${key}; include ${TLS};`
}

function flags({ runDirectory }: Placement): string[] {
  return ['-e', 'stderr', '-p', runDirectory, '-c', join(runDirectory, 'nginx.conf')]
}
