// What every form of the rollups that can be copied must do, as tests. A form opens itself empty.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { EMPTY_QUARTERS } from '../../model/quarters.ts'
import { DAY, VIEWS } from './counts-contract.ts'
import type { RollupScan, RollupWriter, StoredRollup } from './rollups.ts'

type Open = () => Promise<{ readonly rollups: RollupWriter & RollupScan; close(): Promise<void> }>

export function storedRollupsContract(name: string, open: Open): void {
  it(`${name} can be copied, with their versions and quarters`, async () => {
    const { rollups, close } = await open()
    try {
      const aggregate = { count: 3, values: 2, sum: -7n, min: -9, max: 2 }
      const site = { ...VIEWS, tenant: 't', videoId: 'w' }
      const quarters = EMPTY_QUARTERS.with(1, aggregate) as unknown as typeof EMPTY_QUARTERS
      const rows: StoredRollup[] = [
        { resolution: 'day', version: 5, series: VIEWS, start: DAY, aggregate },
        { resolution: 'hour', version: 4, series: VIEWS, start: DAY + 60, aggregate },
        { resolution: 'hour', version: 6, series: site, start: DAY, aggregate, quarters },
      ]
      for (const { resolution, version, ...row } of rows)
        await rollups.writeRollups(resolution, version, [row])
      const found = (await Array.fromAsync(rollups.stored())).flat()
      assert.deepEqual(
        found.sort((a, b) => a.version - b.version),
        rows.sort((a, b) => a.version - b.version),
      )
    } finally {
      await close()
    }
  })
}
