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

/** Says by a code what is wrong, because some of it can be mended by the caller. */
export class InfraFault extends Fault {
  override readonly name = 'InfraFault'
  readonly code: InfraFaultCode
  constructor(code: InfraFaultCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
