// The `setup` of every script: names the run and records its start.
import { check } from 'k6'
import exec from 'k6/execution'
import http from 'k6/http'
import { Gauge } from 'k6/metrics'
import { RUN_GAUGE, type Run, runNumber, runOf, VIDEOS_GAUGE } from './names.ts'
import type { Settings } from './settings.ts'

const OK = 200
const runGauge = new Gauge(RUN_GAUGE)
const videosGauge = new Gauge(VIDEOS_GAUGE)

/** Stops the test if the system is not ready. */
export async function begin({ url, headers, timeout, videos }: Settings): Promise<Run> {
  const response = await http.asyncRequest('GET', `${url}/health/ready`, null, {
    headers,
    timeout,
    tags: { name: 'ready' },
  })
  const isReady = check(response, { 'the system is ready': ({ status }) => status === OK })
  if (!isReady) exec.test.abort(`${url}/health/ready answered ${response.status}: ${response.error}`)
  const number = runNumber(Date.now(), Math.random())
  runGauge.add(number)
  videosGauge.add(videos)
  return runOf(number)
}
