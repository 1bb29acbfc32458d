import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { Client } from 'cassandra-driver'
import { type Control, controlOf, keepControl } from './keep-control.ts'

/** The steps of the driver's own look for a connection. */
type Steps = Control & {
  host: unknown
  connection: unknown
  _refreshControlConnection(): Promise<void>
  _refreshHosts(): Promise<void>
  _registerToConnectionEvents(): Promise<void>
}

/** Another look begins while this one reads the hosts, and takes its connection away. */
function overlapping() {
  const client = new Client({ contactPoints: ['127.0.0.1'], localDataCenter: 'dc1' })
  const control = controlOf(client) as Steps
  let looks = 0
  control._refreshControlConnection = async () => {
    looks++
    control.host = { once: () => {} }
    control.connection = { once: () => {} }
  }
  control._refreshHosts = async () => {
    control.connection = null
  }
  control._registerToConnectionEvents = async () => {}
  return { client, control, looks: () => looks }
}

test('the driver fails where two looks for a control connection overlap', async () => {
  const { control } = overlapping()
  await assert.rejects(control._refresh([].values()), TypeError)
})

test('such a failure ends nothing, and it looks again', async () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    const { client, control, looks } = overlapping()
    keepControl(client)
    await control._refresh([].values())
    assert.equal(looks(), 1)
    control._refreshHosts = async () => {}
    mock.timers.tick(1_000)
    while (looks() < 2) await new Promise((resolve) => setImmediate(resolve))
  } finally {
    mock.timers.reset()
  }
})
