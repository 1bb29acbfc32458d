// A failure that a person can fix: shown as its message, without a stack.

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

export class InfraFault extends Error {
  readonly code: InfraFaultCode
  constructor(code: InfraFaultCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'InfraFault'
    this.code = code
  }
}
