// The breakers around Cassandra, as services compose them: the state of each is a metric and a line in the log.
import type { FastifyBaseLogger } from 'fastify'
import { Gauge, type Registry } from 'prom-client'
import { Breaker, type BreakerState } from '../../lib/breaker.ts'
import { CountsError, type CountsErrorCode } from '../cassandra/counts-error.ts'

const GAUGE = 'tally_breaker_state'
/** What says that the cluster is not well, and not that a statement is wrong. */
const UNWELL: ReadonlySet<CountsErrorCode> = new Set(['unavailable', 'timeout', 'overloaded'])
const STATES: readonly BreakerState[] = ['closed', 'half_open', 'open']

/** `probe`: a cheap call that tells whether the cluster is back; without it a caller's own call is tried. */
export function countsBreaker(
  registry: Registry,
  logger: FastifyBaseLogger,
  probe?: () => Promise<unknown>,
): Breaker {
  return newBreaker('cassandra', registry, logger, probe)
}

export function newBreaker(
  name: string,
  registry: Registry,
  logger: FastifyBaseLogger,
  probe?: () => Promise<unknown>,
): Breaker {
  const gauge = gaugeOf(registry)
  gauge.set({ name }, 0)
  return new Breaker({
    name,
    ...(probe !== undefined && { probe }),
    isFailure: (error) => error instanceof CountsError && UNWELL.has(error.code),
    onState(_name, state) {
      gauge.set({ name }, STATES.indexOf(state))
      logger.warn(`the breaker of ${name} is ${state}`)
    },
  })
}

/** One for all breakers of a process. */
function gaugeOf(registry: Registry): Gauge<'name'> {
  const known = registry.getSingleMetric(GAUGE)
  if (known !== undefined) return known as Gauge<'name'>
  return new Gauge({
    name: GAUGE,
    help: 'State of the circuit breaker: 0 closed, 1 half open, 2 open.',
    labelNames: ['name'],
    registers: [registry],
  })
}
