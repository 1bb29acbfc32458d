// For workerd: its `test` command calls `test`, and fails if that does.
import { sendAndReadBack } from './send-and-read.mjs'

type Bindings = { readonly TALLY_URL: string; readonly VIDEO_ID: string; readonly EXPECTED: string }

export const program = {
  async test(_controller: unknown, { TALLY_URL, VIDEO_ID, EXPECTED }: Bindings): Promise<void> {
    const outcome = JSON.stringify(await sendAndReadBack(TALLY_URL, VIDEO_ID))
    if (outcome !== EXPECTED) throw new Error(`${outcome} is not ${EXPECTED}`)
  },
}
export { program as default }
