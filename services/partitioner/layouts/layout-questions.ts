// Parses requests to change the layout; reports all faults at once. Pure.
import { invalidParameter, objectOf, oneOf, Parameters } from '../../../lib/http/parameters.ts'
import { parseQueryTime, TIME_RULE } from '../../../lib/http/query-time.ts'
import { MINUTE_MS } from '../../../model/bucket.ts'
import { isName, isTenant, NAME_RULE, TENANT_RULE } from '../../../model/names.ts'
import { layoutKey } from '../../../model/route.ts'
import { type LayoutChange, PARTITIONS_MAX } from '../../../stores/layouts/layout-changes.ts'
import type { ChangeRequest } from '../../../stores/layouts/layouts.ts'

const ACTS = ['split', 'merge', 'dedicate', 'withdraw'] as const
export type Act = (typeof ACTS)[number]
const LAYOUT_FIELDS = ['version', 'act', 'tenant', 'video', 'channel', 'parts', 'from'] as const

const PARTS_RULE = `a whole number from 1 to ${PARTITIONS_MAX}`
const VERSION_RULE = 'the version of the newest layout, a whole number from 1'

type Asked = { readonly change: LayoutChange; readonly request: ChangeRequest }

/** Fails with ProblemError `invalid-request`. */
export function changeQuestion(body: unknown): Asked {
  const parameters = new Parameters<unknown>(objectOf(body), LAYOUT_FIELDS, 'body')
  const version = parameters.required('version', VERSION_RULE, versionOf)
  const act = parameters.required('act', `one of ${ACTS.join(', ')}`, oneOf(ACTS))
  const tenant = parameters.optional('tenant', TENANT_RULE, (given) => (isTenant(given) ? given : null))
  const video = parameters.optional('video', NAME_RULE, nameOf)
  const channel = parameters.optional('channel', NAME_RULE, nameOf)
  const parts = parameters.optional('parts', PARTS_RULE, partsOf)
  const fromMs = parameters.optional('from', TIME_RULE, parseQueryTime)
  parameters.check()
  const key = (name: string) => layoutKey(tenant ?? '', name)
  const request = { version, fromMinute: fromMs === undefined ? null : Math.ceil(fromMs / MINUTE_MS) }
  switch (act) {
    case 'split':
      refuseOthers('split', { channel })
      return { change: { act, video: key(given('video', video)), parts: given('parts', parts) }, request }
    case 'dedicate':
      refuseOthers('dedicate', { video })
      return {
        change: { act, channel: key(given('channel', channel)), parts: given('parts', parts) },
        request,
      }
    case 'withdraw':
      refuseOthers('withdraw', { tenant, video, channel, parts, from: fromMs })
      return { change: { act }, request }
    case 'merge': {
      refuseOthers('merge', { parts })
      if (channel === undefined) return { change: { act, video: key(given('video', video)) }, request }
      refuseOthers('merge of a channel', { video })
      return { change: { act: 'share', channel: key(channel) }, request }
    }
  }
}

function given<T>(name: string, value: T | undefined): T {
  if (value === undefined) throw invalidParameter(name, 'is required here.')
  return value
}

function refuseOthers(act: string, others: Readonly<Record<string, unknown>>): void {
  const [name] = Object.keys(others).filter((one) => others[one] !== undefined)
  if (name !== undefined) throw invalidParameter(name, `does not go with ${act}.`)
}

function nameOf(given: unknown): string | null {
  return isName(given) ? given : null
}

function versionOf(given: unknown): number | null {
  return wholeNumber(given, Number.MAX_SAFE_INTEGER)
}

function partsOf(given: unknown): number | null {
  return wholeNumber(given, PARTITIONS_MAX)
}

function wholeNumber(given: unknown, most: number): number | null {
  return Number.isSafeInteger(given) && (given as number) >= 1 && (given as number) <= most
    ? (given as number)
    : null
}
