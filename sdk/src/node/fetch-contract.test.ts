import { fetchContract } from './fetch-contract.ts'
import { createNodeFetch } from './http-fetch.ts'

fetchContract("Node's fetch", fetch)
fetchContract('on node:http', createNodeFetch())
