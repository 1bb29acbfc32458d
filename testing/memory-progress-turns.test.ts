import { progressTurnsContract } from '../stores/progress/progress-turns-contract.ts'
import { ManualClock } from './manual-clock.ts'
import { MemoryTurns } from './memory-progress-turns.ts'

progressTurnsContract('Turns in memory', async () => {
  const clock = new ManualClock()
  const turns = new MemoryTurns(clock, 240)
  const pass = async () => clock.advance(240)
  return { of: (process) => turns.of(process), pass, close: async () => {} }
})
