// For workerd: its `test` command calls `test`, and fails if that does.
import { sendAndReadBack } from './send-and-read.mjs'

type Bindings = { readonly TALLY_URL: string; readonly VIDEO_ID: string; readonly EXPECTED: string }

const program = {
  async test(_controller: unknown, { TALLY_URL, VIDEO_ID, EXPECTED }: Bindings): Promise<void> {
    const outcome = sorted(await sendAndReadBack(TALLY_URL, VIDEO_ID))
    if (outcome !== sorted(JSON.parse(EXPECTED))) throw new Error(`${outcome} is not ${EXPECTED}`)
  },
}
/** As text, whatever the order in which its members were made. */
function sorted(value: object): string {
  return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

export default program
