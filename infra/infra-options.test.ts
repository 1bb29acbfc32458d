import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { InfraFault } from './fault.ts'
import { parseCommandLine, type Task } from './infra-options.ts'

function reads(line: string, task: Task) {
  test(`"${line}" is understood`, () => {
    assert.deepEqual(parseCommandLine(line.split(' '), {}).task, task)
  })
}

function refuses(line: string, message: RegExp) {
  test(`"${line}" is refused`, () => {
    assert.throws(
      () => parseCommandLine(line.split(' ').filter(Boolean), {}),
      (error) => error instanceof InfraFault && error.code === 'usage' && message.test(error.message),
    )
  })
}

suite('the command line', () => {
  reads('up kafka', { action: 'up', wanted: { kafka: 1 } })
  reads('up kafka=3 cassandra=3 redis nginx', {
    action: 'up',
    wanted: { kafka: 3, cassandra: 3, redis: 1, nginx: 1 },
  })
  reads('down', { action: 'down', kinds: undefined, wipe: false })
  reads('down redis kafka --wipe', { action: 'down', kinds: ['redis', 'kafka'], wipe: true })
  reads('status', { action: 'status' })
  reads('kill kafka-2', { action: 'kill', name: 'kafka-2' })
  reads('start cassandra-3', { action: 'start', name: 'cassandra-3' })
  reads('up s3', { action: 'up', wanted: { s3: 1 } })
  reads('logs redis', { action: 'logs', name: 'redis' })

  refuses('', /no command ""/)
  refuses('destroy kafka', /no command "destroy"/)
  refuses('up', /at least one/)
  refuses('up zookeeper', /no server "zookeeper"/)
  refuses('up kafka=many', /number of nodes/)
  refuses('up kafka=1=2', /number of nodes/)
  refuses('down kafka-1', /no server "kafka-1"/)
  refuses('kill', /takes one node/)
  refuses('kill kafka-1 kafka-2', /takes one node/)
  refuses('kill Kafka', /names no server/)
  refuses('status kafka', /takes no names/)
  refuses('up kafka --wipe', /only with down/)
  refuses('up kafka --colour', /colour/)

  test('a flag wins over the environment variable that it stands for', () => {
    const args = ['up', 'kafka', '--kafka-port', '2000', '--nginx-port=3000']
    const { environment } = parseCommandLine(args, { KAFKA_PORT: '1000', REDIS_PORT: '4000' })
    assert.deepEqual(environment, { KAFKA_PORT: '2000', REDIS_PORT: '4000', PORT: '3000' })
  })
})
