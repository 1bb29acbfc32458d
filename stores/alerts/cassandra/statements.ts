// Every CQL statement of the alerts, and nothing else: all of them are prepared at the start. Each change is a
// compare-and-set, because one without would not be seen by those that compare.

export const SELECT_ALL = 'SELECT alert FROM alerts WHERE scope = ?'

export const SELECT_OF_TENANT = 'SELECT alert FROM alerts WHERE scope = ? AND tenant = ?'

export const SELECT_ALERT = 'SELECT alert FROM alerts WHERE scope = ? AND tenant = ? AND alert_id = ?'

export const INSERT_ALERT = `
  INSERT INTO alerts (scope, tenant, alert_id, version, alert) VALUES (?, ?, ?, ?, ?) IF NOT EXISTS`

export const UPDATE_ALERT = `
  UPDATE alerts SET version = ?, alert = ? WHERE scope = ? AND tenant = ? AND alert_id = ? IF version = ?`

export const DELETE_ALERT = 'DELETE FROM alerts WHERE scope = ? AND tenant = ? AND alert_id = ? IF EXISTS'
