// The receivers that docs/alerts.md shows, run as they are written there, take what is sent and refuse what is forged.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { freePort } from '../../../lib/free-port.ts'
import { alertOf } from '../../../testing/alert-fixture.ts'
import { codeBlocks } from '../../../testing/doc-samples.ts'
import { until } from '../../../testing/until.ts'
import { milestoneId, noted } from './milestones.ts'
import { parseReceivers } from './public-address.ts'
import { webhookSender } from './send-webhook.ts'
import { newSecret, signedHeaders, webhookBody } from './webhook.ts'

const DOCUMENT = new URL('../../../docs/alerts.md', import.meta.url)
const NEVER = new AbortController().signal
const ALERT = alertOf({ kind: 'passes', thresholds: [5] })
const REASON = { kind: 'passes', threshold: 5 } as const
const [MILESTONE] = noted(ALERT, [{ reason: REASON, count: 7, asOfMs: 1 }], 2).milestones

const PROGRAMS = {
  js: { command: process.execPath, args: ['--input-type=module', '-e'] },
  py: { command: 'python3', args: ['-c'] },
} as const

function untilItAnswers(url: string, child: ChildProcess): Promise<void> {
  return until('it answers', async () => {
    assert.equal(child.exitCode, null, 'it has ended')
    return (await fetch(url).catch(() => null)) !== null
  })
}

for (const [language, { command, args }] of Object.entries(PROGRAMS)) {
  const isThere = spawnSync(command, ['--version']).status === 0
  test(`the receiver in ${language} takes what is genuine, once`, { skip: !isThere }, async () => {
    const [block] = codeBlocks(readFileSync(DOCUMENT, 'utf8')).filter((one) => one.language === language)
    const [port, secret] = [await freePort(), newSecret()]
    const env = { ...process.env, PORT: String(port), WEBHOOK_SECRET: secret }
    const child = spawn(command, [...args, block!.text], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    try {
      const url = `http://127.0.0.1:${port}/tally`
      await untilItAnswers(url, child)
      const send = webhookSender(parseReceivers(`127.0.0.1:${port}`), 'Tally/test')
      const body = webhookBody(ALERT, MILESTONE!)
      const { id } = MILESTONE!
      const sent = (headers: Record<string, string>, text = body) => send({ url, headers, body: text }, NEVER)
      const signed = (atMs: number, by = secret) => signedHeaders(id, body, by, atMs)
      for (let times = 0; times < 2; times++) assert.deepEqual(await sent(signed(Date.now())), { ok: true })
      const refused = { ok: false, error: 'The receiver answered 401.', isGone: false }
      assert.deepEqual(await sent(signed(Date.now(), newSecret())), refused, 'of another')
      assert.deepEqual(await sent(signed(Date.now() - 3_600_000)), refused, 'of an hour ago')
      assert.deepEqual(await sent(signed(Date.now()), `${body} `), refused, 'changed on its way')
      await until('it has printed it', () => output.includes(milestoneId(ALERT, REASON)))
      assert.equal(output.split('alert.passes').length - 1, 1, output)
    } finally {
      child.kill('SIGKILL')
    }
  })
}
