// The rejections of one request. Their texts are bounded together, so that clients can read the whole answer: the SDK
// reads 256 KiB, of which a thousand rejections need a quarter for index and code.
import type { Rejection, RejectionCode } from '../../model/rejection.ts'

export type RejectedItem = { readonly index: number; readonly code: RejectionCode; readonly detail: string }

/** As JSON. */
const DETAILS_BYTES_MAX = 128 << 10
const LEFT_OUT = 'this answer has no room for more texts'

export class RejectedItems {
  readonly list: RejectedItem[] = []
  #bytes = 0

  add(index: number, { code, detail }: Rejection): void {
    this.#bytes += Buffer.byteLength(JSON.stringify(detail))
    this.list.push({ index, code, detail: this.#bytes > DETAILS_BYTES_MAX ? LEFT_OUT : detail })
  }
}
