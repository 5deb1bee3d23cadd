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
  status          TEXT NOT NULL CHECK (status IN ('WAITING', 'RUNNING', 'PAUSED', 'COMPLETED', 'FAILED', 'CANCELLED')),
  created_at_ms   INTEGER NOT NULL,
  finished_at_ms  INTEGER,
  open_count      INTEGER NOT NULL CHECK (open_count >= 0),
  idempotency_key TEXT,
  request_hash    TEXT,
  failed_node     TEXT,
  error_code      TEXT,
  error_message   TEXT,
  purge_at_ms     INTEGER,
  concurrency_key TEXT,
  rerun_of        TEXT,
  -- Of durable calls.
  session         TEXT,
  -- What only some executions have, as JSON.
  extra           TEXT,
  -- "Work remains but nothing is open" cannot be stored; what is WAITING has not begun.
  CHECK (open_count > 0 OR status IN ('WAITING', 'COMPLETED', 'FAILED', 'CANCELLED'))
) STRICT;
CREATE UNIQUE INDEX execution_idempotency ON execution (idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX execution_workflow ON execution (workflow_id);
CREATE INDEX execution_active ON execution (version_hash, workflow_id) WHERE status IN ('WAITING', 'RUNNING', 'PAUSED');
CREATE INDEX execution_status ON execution (status);
CREATE INDEX execution_concurrency ON execution (concurrency_key)
  WHERE concurrency_key IS NOT NULL AND status IN ('WAITING', 'RUNNING', 'PAUSED');
CREATE INDEX execution_rerun ON execution (rerun_of) WHERE rerun_of IS NOT NULL;
CREATE INDEX execution_session ON execution (session, id) WHERE session IS NOT NULL;
CREATE INDEX execution_purge ON execution (purge_at_ms, execution_id) WHERE purge_at_ms IS NOT NULL;

CREATE TABLE activation (
  execution           INTEGER NOT NULL,
  node                TEXT NOT NULL,
  iteration           INTEGER NOT NULL,
  -- Index of a map item; -1: the node itself.
  item                INTEGER NOT NULL,
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
  priority            INTEGER NOT NULL,
  waits_for           TEXT CHECK (waits_for IN ('timer', 'signal', 'approval', 'child', 'items', 'nodes')),
  -- What only some activations have, as JSON.
  detail              TEXT,
  PRIMARY KEY (execution, node, iteration, item),
  CHECK (status <> 'LEASED' OR (nonce IS NOT NULL AND worker_id IS NOT NULL AND lease_expires_at_ms IS NOT NULL)),
  CHECK ((status = 'COMPLETED') = (output_seq IS NOT NULL)),
  CHECK ((status = 'WAITING') = (waits_for IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX activation_ready_handler ON activation (handler, priority DESC, ready_at_ms)
  WHERE status = 'READY' AND handler IS NOT NULL;
CREATE INDEX activation_ready_version ON activation (version_hash, priority DESC, ready_at_ms) WHERE status = 'READY';
CREATE INDEX activation_fires ON activation (ready_at_ms) WHERE status = 'WAITING';
CREATE INDEX activation_waiting ON activation (waits_for, execution) WHERE status = 'WAITING';
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
  item         INTEGER,
  data         TEXT NOT NULL,
  payload      TEXT,
  -- Instead of a large payload: the blob that holds it.
  payload_hash TEXT,
  UNIQUE (execution, seq),
  CHECK (payload IS NULL OR payload_hash IS NULL)
) STRICT;
-- An activation ends once; a retry opens again only what failed or was cancelled.
CREATE UNIQUE INDEX event_final ON event (execution, node, iteration, coalesce(item, -1))
  WHERE kind IN ('node_completed', 'node_skipped');

CREATE INDEX event_blob ON event (payload_hash) WHERE payload_hash IS NOT NULL;

-- Large payloads, each content once. `hash`: SHA-256 of the body as UTF-8, in hex.
CREATE TABLE blob (
  hash         TEXT PRIMARY KEY,
  size         INTEGER NOT NULL,
  body         TEXT NOT NULL
) STRICT;

-- Events about which something has to be done in another execution: they leave when it is done.
CREATE TABLE outbox (
  execution    INTEGER NOT NULL,
  seq          INTEGER NOT NULL,
  at_ms        INTEGER NOT NULL,
  PRIMARY KEY (execution, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_time ON outbox (at_ms);

-- Schedules of the newest version of each workflow.
CREATE TABLE schedule (
  workflow_id       TEXT NOT NULL,
  name              TEXT NOT NULL,
  cron              TEXT NOT NULL,
  timezone          TEXT NOT NULL,
  -- The rest of what the version says, as JSON.
  spec              TEXT NOT NULL,
  paused            INTEGER NOT NULL CHECK (paused IN (0, 1)),
  -- NULL: never.
  next_at_ms        INTEGER,
  last_at_ms        INTEGER,
  last_execution_id TEXT,
  last_problem      TEXT,
  PRIMARY KEY (workflow_id, name),
  CHECK (paused = 0 OR next_at_ms IS NULL)
) STRICT, WITHOUT ROWID;
CREATE INDEX schedule_due ON schedule (next_at_ms) WHERE next_at_ms IS NOT NULL;

CREATE TRIGGER event_immutable BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
-- A purge deletes the execution first, and then its events.
CREATE TRIGGER event_permanent BEFORE DELETE ON event WHEN EXISTS (SELECT 1 FROM execution WHERE id = OLD.execution)
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER activation_final BEFORE UPDATE ON activation
  WHEN OLD.status IN ('COMPLETED', 'SKIPPED') AND (NEW.status <> OLD.status OR NEW.output_seq IS NOT OLD.output_seq)
BEGIN SELECT RAISE(ABORT, 'a final activation cannot change'); END;
CREATE TRIGGER execution_final BEFORE UPDATE ON execution
  WHEN OLD.status IN ('COMPLETED', 'CANCELLED') AND NEW.status <> OLD.status
BEGIN SELECT RAISE(ABORT, 'a closed execution cannot change its status'); END;
