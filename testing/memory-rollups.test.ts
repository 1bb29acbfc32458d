import { rollupsContract } from '../stores/counts/rollups-contract.ts'
import { storedRollupsContract } from '../stores/counts/stored-rollups-contract.ts'
import { MemoryRollups } from './memory-rollups.ts'

const open = async () => ({ rollups: new MemoryRollups(), close: async () => {} })

rollupsContract('The rollups in memory', open)
storedRollupsContract('The rollups in memory', open)
