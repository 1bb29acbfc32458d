// The platform of clients on Node: as everywhere, but for where requests go.
import { type PatientRuntime, patientRuntime } from '../patient-runtime.ts'
import { createNodeFetch } from './http-fetch.ts'

export const nodeRuntime: PatientRuntime = { ...patientRuntime, fetch: createNodeFetch() }
