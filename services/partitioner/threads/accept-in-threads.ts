// The same stages as accept.ts, the first of them in other threads: decode → parse → route → encode there, then the
// quotas and the log here. So that many cores are used there is still one log, one owner of each source, and one place
// for what is limited.

import {
  type AcceptDeps,
  accept,
  currentLayouts,
  isOverQuota,
  type Receipt,
  refuseNewVideos,
  refuseUnstored,
} from '../accept.ts'
import type { Admission } from '../admit.ts'
import { MEDIA_TYPES } from '../decode-body.ts'
import type { AskNames, Named, PackOrder } from './pack-body.ts'
import type { Packing } from './packing.ts'

/** What stores a body: `accept`, for what is not worth the way. */
export function acceptIn(packing: Packing): typeof accept {
  return (body, admission, deps) => {
    const mediaType = MEDIA_TYPES.get(admission.format)
    const isPacked =
      mediaType !== undefined &&
      body.length >= packing.bodyBytesMin &&
      packing.isUp &&
      deps.layouts.unknownFromMinute() === Number.POSITIVE_INFINITY // others wait on the disk of a partitioner
    return isPacked ? acceptPacked(packing, mediaType, body, admission, deps) : accept(body, admission, deps)
  }
}

/** Fails as `accept` does, and with `overloaded` where the thread that had the body died. */
async function acceptPacked(
  packing: Packing,
  mediaType: string,
  body: Buffer,
  { tenant, automated, viewer }: Admission,
  deps: AcceptDeps,
): Promise<Receipt> {
  const { gather, layouts, clock, rates, metrics, limits, hotVideos } = deps
  const order: PackOrder = {
    ...{ mediaType, tenant, automated, viewer },
    nowMs: clock.nowMs(),
    layouts: currentLayouts(layouts),
  }
  const ask: AskNames = async (items, named) => {
    await rates.take(items)
    return refusedNames(named, order, deps)
  }
  const asks = limits.newVideosPerMinuteMax !== null || hotVideos !== undefined
  const { items, records, ofUsers, ...receipt } = await packing.pack(body, order, asks ? ask : null)
  if (!asks) await rates.take(items)
  await gather.storeRecords(records).catch(refuseUnstored)
  for (const [lane, events] of ofUsers) metrics.accepted(lane, events)
  for (const { code } of receipt.rejected) metrics.rejected(code)
  if (receipt.accepted === 0 && receipt.rejected.some(isOverQuota)) refuseNewVideos(receipt, order.nowMs)
  return receipt
}

/** The indexes of those that exceed the quota of new videos. Takes note of the others. */
function refusedNames(
  named: readonly Named[],
  { tenant, nowMs }: Pick<PackOrder, 'tenant' | 'nowMs'>,
  { newVideos, hotVideos }: Pick<AcceptDeps, 'newVideos' | 'hotVideos'>,
): readonly number[] {
  const refused: number[] = []
  for (const [index, { videoId, type, onTime }] of named.entries()) {
    const video = { tenant, videoId, type }
    if (newVideos.admits(video, nowMs)) hotVideos?.note(new Array(onTime).fill(video))
    else refused.push(index)
  }
  return refused
}
