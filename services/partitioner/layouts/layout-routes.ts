// The routes with which operators look at the layouts and change them. See the API description for their contract.
import type { FastifyInstance } from 'fastify'
import type { Clock } from '../../../lib/clock.ts'
import { adminOf } from '../../../lib/http/keys/caller.ts'
import type { Keys } from '../../../lib/http/keys/key-ring.ts'
import { invalidParameter } from '../../../lib/http/parameters.ts'
import { ProblemError } from '../../../lib/http/problem.ts'
import { minuteText } from '../../../lib/time-text.ts'
import { minuteOf } from '../../../model/bucket.ts'
import type { Layout } from '../../../model/layout.ts'
import { layoutAt } from '../../../model/route.ts'
import { type ChangeableLayouts, LayoutError } from '../../../stores/layouts/layouts.ts'
import { LogError } from '../../../stores/log/log.ts'
import { changeQuestion } from './layout-questions.ts'

export type LayoutRoutesDeps = {
  readonly layouts: ChangeableLayouts
  readonly clock: Pick<Clock, 'nowMs'>
  readonly keys: Keys
}

const ADDRESS = '/v1/admin/layouts'
/** The newest. */
export const LAYOUTS_SHOWN_MAX = 100

export function registerLayouts(app: FastifyInstance, { layouts, clock, keys }: LayoutRoutesDeps): void {
  const shown = (all: readonly Layout[]) => {
    if (all.length === 0) return { layouts: [] }
    const { version } = layoutAt(all, minuteOf(clock.nowMs()))
    const views = all.slice(-LAYOUTS_SHOWN_MAX).map((layout) => viewOf(layout, layout.version === version))
    return { layouts: views.reverse() }
  }
  app.register(async (scope) => {
    scope.addHook('onRequest', async (request, reply) => {
      adminOf(request, keys)
      reply.header('cache-control', 'no-store')
    })

    scope.get(ADDRESS, async () => {
      try {
        return shown(layouts.current())
      } catch (error) {
        throw problemOf(error, layouts)
      }
    })

    scope.post<{ Body: unknown }>(ADDRESS, async ({ body }) => {
      const { change, request } = changeQuestion(body)
      try {
        return shown(await layouts.change(change, request))
      } catch (error) {
        throw problemOf(error, layouts)
      }
    })
  })
}

function viewOf(layout: Layout, isInForce: boolean) {
  const { version, fromMinute, partitions, splits, dedicated, automatic, overflow = false } = layout
  return {
    version,
    from: minuteText(fromMinute),
    inForce: isInForce,
    partitions,
    overflow,
    splits: Array.from(splits, ([video, parts]) => ({
      ...{ video, parts },
      automatic: automatic?.has(video) === true,
    })),
    channels: Array.from(dedicated, ([channel, { first, count }]) => ({ channel, first, parts: count })),
  }
}

function problemOf(cause: unknown, layouts: ChangeableLayouts): unknown {
  if (cause instanceof LogError) {
    const type = cause.code === 'unknown_partition' ? 'conflict' : 'log-unavailable'
    return new ProblemError({ type, detail: cause.message, cause })
  }
  if (!(cause instanceof LayoutError)) return cause
  const detail = cause.message
  switch (cause.code) {
    case 'stale': {
      const newestVersion = layouts.current().at(-1)?.version
      return new ProblemError({ type: 'conflict', detail, members: { newestVersion }, cause })
    }
    case 'refused':
      return new ProblemError({ type: 'conflict', detail, cause })
    case 'too_early':
      return invalidParameter('from', `is too early. ${detail}`)
    case 'unavailable':
      return new ProblemError({ type: 'log-unavailable', detail, cause })
  }
}
