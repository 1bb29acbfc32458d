// Redis, used as a cache here: it stores nothing on disk and refuses writes when its memory is full.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { installPackage } from './debian.ts'
import { withConnection } from './exchange.ts'
import type { ServerProgram } from './program.ts'

const MEMORY_MAX = '256mb'
const PONG = '+PONG\r\n'

const configuration = (runDirectory: string) => join(runDirectory, 'redis.conf')

export const redis: ServerProgram = {
  install: () => installPackage({ name: 'redis-server', program: 'redis-server', unit: 'redis-server' }),
  async prepare({ runDirectory, settings }) {
    await writeFile(configuration(runDirectory), settings.extra.redis ?? '')
  },
  async command({ address, runDirectory }) {
    const settings = {
      bind: address.host,
      port: String(address.port),
      dir: runDirectory,
      save: '',
      appendonly: 'no',
      maxmemory: MEMORY_MAX,
      'maxmemory-policy': 'noeviction',
      daemonize: 'no',
    }
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
    args.unshift(configuration(runDirectory))
    return { program: 'redis-server', args }
  },
  probe: ({ address }) =>
    withConnection(address, async (exchange) => {
      const answer = await exchange('PING\r\n', () => PONG.length)
      if (answer.toString() !== PONG) throw new Error(`Redis answered ${answer}`)
    }),
}
