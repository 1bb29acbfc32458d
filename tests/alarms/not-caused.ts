// Alerts that no fault of these causes, and why not. The test fails where an alert is neither here nor in a fault.
export const NOT_CAUSED: Readonly<Record<string, string>> = {
  TallyAlertsNotJudged:
    'The store has to be away for five minutes, which are not divided. The gauge and the rule have their tests.',
  TallyTitlesBehind:
    'No process may write titles while counts are written. The gauge and the rule have their tests.',
}
