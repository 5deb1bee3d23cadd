-- The constraints here are the second guard: `decide` never violates them; a defect that would is refused, not stored.

CREATE TABLE workflow (
  ordinal          INTEGER PRIMARY KEY AUTOINCREMENT,
  workflow_id      TEXT NOT NULL,
  version_hash     TEXT NOT NULL,
  ir_json          TEXT NOT NULL,
  registered_at_ms INTEGER NOT NULL,
  UNIQUE (workflow_id, version_hash)
) STRICT;
CREATE INDEX workflow_version ON workflow (version_hash);

-- The number of the newest event is not repeated here: it is the last row of `event`. So a node that only hands over to
-- the next one writes no row of this table.
CREATE TABLE execution (
  -- What the other tables refer to: one tenth of the text id in every key, and half the pages that a commit writes.
  id              INTEGER PRIMARY KEY,
  execution_id    TEXT NOT NULL UNIQUE,
  workflow_id     TEXT NOT NULL,
  version_hash    TEXT NOT NULL,
  status          TEXT NOT NULL CHECK (status IN ('RUNNING', 'PAUSED', 'COMPLETED', 'FAILED', 'CANCELLED')),
  created_at_ms   INTEGER NOT NULL,
  finished_at_ms  INTEGER,
  open_count      INTEGER NOT NULL CHECK (open_count >= 0),
  idempotency_key TEXT,
  request_hash    TEXT,
  failed_node     TEXT,
  error_code      TEXT,
  error_message   TEXT,
  -- "Work remains but nothing is open" cannot be stored.
  CHECK (open_count > 0 OR status IN ('COMPLETED', 'FAILED', 'CANCELLED'))
) STRICT;
CREATE UNIQUE INDEX execution_idempotency ON execution (idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX execution_workflow ON execution (workflow_id);
CREATE INDEX execution_active ON execution (version_hash, workflow_id) WHERE status IN ('RUNNING', 'PAUSED');
CREATE INDEX execution_status ON execution (status);

CREATE TABLE activation (
  execution           INTEGER NOT NULL,
  node                TEXT NOT NULL,
  iteration           INTEGER NOT NULL,
  status              TEXT NOT NULL CHECK (status IN
                        ('PENDING', 'READY', 'LEASED', 'WAITING', 'COMPLETED', 'FAILED', 'SKIPPED', 'CANCELLED')),
  version_hash        TEXT NOT NULL,
  handler             TEXT,
  attempt             INTEGER NOT NULL,
  failed              INTEGER NOT NULL,
  lost                INTEGER NOT NULL,
  ready_at_ms         INTEGER NOT NULL,
  nonce               TEXT,
  worker_id           TEXT,
  lease_ms            INTEGER,
  lease_expires_at_ms INTEGER,
  deadline_at_ms      INTEGER,
  output_seq          INTEGER,
  PRIMARY KEY (execution, node, iteration),
  CHECK (status <> 'LEASED' OR (nonce IS NOT NULL AND worker_id IS NOT NULL AND lease_expires_at_ms IS NOT NULL)),
  CHECK ((status = 'COMPLETED') = (output_seq IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX activation_ready_handler ON activation (handler, ready_at_ms) WHERE status = 'READY' AND handler IS NOT NULL;
CREATE INDEX activation_ready_version ON activation (version_hash, ready_at_ms) WHERE status = 'READY';
CREATE INDEX activation_due ON activation (ready_at_ms) WHERE status = 'READY';
CREATE INDEX activation_leased ON activation (lease_expires_at_ms) WHERE status = 'LEASED';

CREATE TABLE join_state (
  execution    INTEGER NOT NULL,
  target       TEXT NOT NULL,
  edge_group   TEXT NOT NULL,
  remaining    INTEGER NOT NULL CHECK (remaining >= 0),
  taken        INTEGER NOT NULL,
  PRIMARY KEY (execution, target, edge_group)
) STRICT, WITHOUT ROWID;

-- In the order of arrival: a commit appends to the last page instead of touching one page per execution.
CREATE TABLE event (
  execution    INTEGER NOT NULL,
  seq          INTEGER NOT NULL,
  at_ms        INTEGER NOT NULL,
  kind         TEXT NOT NULL,
  node         TEXT,
  iteration    INTEGER,
  data         TEXT NOT NULL,
  payload      TEXT,
  UNIQUE (execution, seq)
) STRICT;
-- An activation ends once.
CREATE UNIQUE INDEX event_final ON event (execution, node, iteration)
  WHERE kind IN ('node_completed', 'node_failed', 'node_skipped', 'node_cancelled');

CREATE TRIGGER event_immutable BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER event_permanent BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER activation_final BEFORE UPDATE ON activation
  WHEN OLD.status IN ('COMPLETED', 'FAILED', 'SKIPPED', 'CANCELLED')
BEGIN SELECT RAISE(ABORT, 'a final activation cannot change'); END;
CREATE TRIGGER execution_final BEFORE UPDATE ON execution
  WHEN OLD.status IN ('COMPLETED', 'FAILED', 'CANCELLED') AND NEW.status <> OLD.status
BEGIN SELECT RAISE(ABORT, 'a closed execution cannot change its status'); END;
