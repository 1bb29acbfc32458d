import { plansContract } from '../stores/plans/plans-contract.ts'
import { MemoryPlans } from './memory-plans.ts'

plansContract('Plans in memory', async () => ({ plans: new MemoryPlans(), close: async () => {} }))
