import { Fault } from '../lib/fault.ts'

export type InfraFaultCode =
  | 'usage'
  | 'unsupported'
  | 'missing_tool'
  | 'command_failed'
  | 'port_in_use'
  | 'did_not_start'
  | 'other_size'
  | 'not_running'
  | 'busy'

/** Has a code, because callers handle some of these failures. */
export class InfraFault extends Fault {
  override readonly name = 'InfraFault'
  readonly code: InfraFaultCode
  constructor(code: InfraFaultCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
