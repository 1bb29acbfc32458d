// What the page calls an alarm, by its name in the runbook. Pure.

export const ALARMS = {
  probe: 'TallyProbeFails',
  recount: 'TallyAuditUnexplained',
  halted: 'TallySourceHalted',
  behind: 'TallyCountsBehind',
  deadLetters: 'TallyDeadLetters',
} as const
export type Alarm = (typeof ALARMS)[keyof typeof ALARMS]

/** `about` of an alert in the audit: the probe, or an hour that was recounted. */
export function alarmAbout(about: string): Alarm {
  return about === 'weak-audit' ? ALARMS.probe : ALARMS.recount
}
