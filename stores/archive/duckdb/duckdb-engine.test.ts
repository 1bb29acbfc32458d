import { recountContract } from '../recount-contract.ts'

recountContract('The recount in DuckDB', { seeds: [20_261_121, 1], eventsPerSource: 200 })
