-- Every table that grows with the executions has execution_id as the first column of its key, and no other unique key:
-- partitioning it by hash, or distributing it over several machines, is DDL and no rewrite. (`blob` has the hash of its
-- content, which does as well.)
-- The constraints are the second guard: `decide` never violates them; a defect that would is refused, not stored.

CREATE TABLE nexum.workflow (
  ordinal          bigint GENERATED ALWAYS AS IDENTITY,
  workflow_id      text NOT NULL,
  version_hash     text NOT NULL,
  ir_json          text NOT NULL,
  registered_at_ms bigint NOT NULL,
  PRIMARY KEY (workflow_id, version_hash)
);
CREATE INDEX workflow_version ON nexum.workflow (version_hash, ordinal);
CREATE INDEX workflow_newest ON nexum.workflow (workflow_id, ordinal);

-- Which execution an idempotency key started. In the order of its bytes: durable calls are found by the beginning of theirs.
CREATE TABLE nexum.idempotency (
  idempotency_key text COLLATE "C" PRIMARY KEY,
  execution_id    uuid NOT NULL
);

-- Its row is the lock of an execution: whoever changes anything of it holds this row, and counts `revision` up. A server
-- that remembers the records of an execution compares the revision, and so knows whether they are still true.
-- Room on every page: most updates then stay on it and touch no index (HOT).
CREATE TABLE nexum.execution (
  execution_id    uuid PRIMARY KEY,
  revision        integer NOT NULL,
  last_seq        integer NOT NULL,
  workflow_id     text NOT NULL,
  version_hash    text NOT NULL,
  status          text NOT NULL CHECK (status IN ('WAITING', 'RUNNING', 'PAUSED', 'COMPLETED', 'FAILED', 'CANCELLED')),
  created_at_ms   bigint NOT NULL,
  finished_at_ms  bigint,
  open_count      integer NOT NULL CHECK (open_count >= 0),
  idempotency_key text,
  request_hash    text,
  failed_node     text,
  -- {code, message} as JSON text: messages may hold characters that a text column refuses.
  error_json      text,
  purge_at_ms     bigint,
  concurrency_key text,
  rerun_of        uuid,
  -- Those of `extra`, as pairs of JSON text, one per line: a label may hold characters that JSON operators refuse.
  labels          text,
  -- What only some executions have, as JSON text.
  extra           text,
  -- Of durable calls. In the order of its bytes, as SQLite has it.
  session         text COLLATE "C",
  -- "Work remains but nothing is open" cannot be stored; what is WAITING has not begun.
  CHECK (open_count > 0 OR status IN ('WAITING', 'COMPLETED', 'FAILED', 'CANCELLED'))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX execution_workflow ON nexum.execution (workflow_id, execution_id);
CREATE INDEX execution_active ON nexum.execution (version_hash, workflow_id) WHERE status IN ('WAITING', 'RUNNING', 'PAUSED');
CREATE INDEX execution_concurrency ON nexum.execution (concurrency_key, execution_id)
  WHERE concurrency_key IS NOT NULL AND status IN ('WAITING', 'RUNNING', 'PAUSED');
CREATE INDEX execution_rerun ON nexum.execution (rerun_of, execution_id) WHERE rerun_of IS NOT NULL;
CREATE INDEX execution_session ON nexum.execution (session, execution_id) WHERE session IS NOT NULL;
CREATE INDEX execution_purge ON nexum.execution (purge_at_ms, execution_id) WHERE purge_at_ms IS NOT NULL;
CREATE INDEX execution_notable ON nexum.execution (status, execution_id) WHERE status <> 'COMPLETED';

CREATE TABLE nexum.activation (
  execution_id        uuid NOT NULL,
  node                text NOT NULL,
  iteration           integer NOT NULL,
  -- Index of a map item; -1: the node itself.
  item                integer NOT NULL,
  status              text NOT NULL CHECK (status IN
                        ('PENDING', 'READY', 'LEASED', 'WAITING', 'COMPLETED', 'FAILED', 'SKIPPED', 'CANCELLED')),
  version_hash        text NOT NULL,
  handler             text,
  attempt             integer NOT NULL,
  failed              integer NOT NULL,
  lost                integer NOT NULL,
  ready_at_ms         bigint NOT NULL,
  nonce               text,
  worker_id           text,
  lease_ms            bigint,
  lease_expires_at_ms bigint,
  deadline_at_ms      bigint,
  output_seq          integer,
  priority            integer NOT NULL,
  waits_for           text CHECK (waits_for IN ('timer', 'signal', 'approval', 'child', 'items', 'nodes')),
  -- What only some activations have, as JSON text.
  detail              text,
  PRIMARY KEY (execution_id, node, iteration, item),
  CHECK (status <> 'LEASED' OR (nonce IS NOT NULL AND worker_id IS NOT NULL AND lease_expires_at_ms IS NOT NULL)),
  CHECK ((status = 'COMPLETED') = (output_seq IS NOT NULL)),
  CHECK ((status = 'WAITING') = (waits_for IS NOT NULL))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
-- Only what waits or runs now is in these: they stay small however many executions have ended.
CREATE INDEX activation_ready_handler ON nexum.activation (handler, priority DESC, ready_at_ms)
  WHERE status = 'READY' AND handler IS NOT NULL;
CREATE INDEX activation_ready_version ON nexum.activation (version_hash, priority DESC, ready_at_ms)
  WHERE status = 'READY';
CREATE INDEX activation_fires ON nexum.activation (ready_at_ms) WHERE status = 'WAITING';
CREATE INDEX activation_waiting ON nexum.activation (waits_for, execution_id) WHERE status = 'WAITING';
-- Its second condition is always true, and keeps searches of one queue away: in a quiet hour the planner would take this
-- index for them, and later walk through everything that waits in all the other queues.
CREATE INDEX activation_due ON nexum.activation (ready_at_ms) WHERE status = 'READY' AND ready_at_ms > 0;
CREATE INDEX activation_leased ON nexum.activation (lease_expires_at_ms) WHERE status = 'LEASED';

CREATE TABLE nexum.join_state (
  execution_id uuid NOT NULL,
  target       text NOT NULL,
  edge_group   text NOT NULL,
  remaining    integer NOT NULL CHECK (remaining >= 0),
  taken        integer NOT NULL,
  PRIMARY KEY (execution_id, target, edge_group)
) WITH (fillfactor = 70);

CREATE TABLE nexum.event (
  execution_id uuid NOT NULL,
  seq          integer NOT NULL,
  at_ms        bigint NOT NULL,
  kind         text NOT NULL,
  node         text,
  iteration    integer,
  item         integer,
  data         text NOT NULL,
  payload      text,
  -- Instead of a large payload: the blob that holds it.
  payload_hash text,
  PRIMARY KEY (execution_id, seq),
  CHECK (payload IS NULL OR payload_hash IS NULL)
);
-- An activation ends once; a retry opens again only what failed or was cancelled.
CREATE UNIQUE INDEX event_final ON nexum.event (execution_id, node, iteration, coalesce(item, -1))
  WHERE kind IN ('node_completed', 'node_skipped');

CREATE INDEX event_blob ON nexum.event (payload_hash) WHERE payload_hash IS NOT NULL;

-- Large payloads, each content once. `hash`: SHA-256 of the body as UTF-8, in hex.
CREATE TABLE nexum.blob (
  hash text PRIMARY KEY,
  size integer NOT NULL,
  body text NOT NULL
);
-- Not compressed: for 64 MiB that would take longer than a commit may.
ALTER TABLE nexum.blob ALTER COLUMN body SET STORAGE EXTERNAL;

-- Events about which something has to be done in another execution: they leave when it is done.
CREATE TABLE nexum.outbox (
  execution_id uuid NOT NULL,
  seq          integer NOT NULL,
  at_ms        bigint NOT NULL,
  PRIMARY KEY (execution_id, seq)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX outbox_time ON nexum.outbox (at_ms);

-- Schedules of the newest version of each workflow.
CREATE TABLE nexum.schedule (
  workflow_id       text NOT NULL,
  name              text NOT NULL,
  cron              text NOT NULL,
  timezone          text NOT NULL,
  -- The rest of what the version says, as JSON text.
  spec              text NOT NULL,
  paused            boolean NOT NULL,
  -- NULL: never.
  next_at_ms        bigint,
  last_at_ms        bigint,
  last_execution_id text,
  last_problem      text,
  PRIMARY KEY (workflow_id, name),
  CHECK (NOT paused OR next_at_ms IS NULL)
);
CREATE INDEX schedule_due ON nexum.schedule (next_at_ms) WHERE next_at_ms IS NOT NULL;

-- A purge deletes the execution first, and then its events.
CREATE FUNCTION nexum.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT FROM nexum.execution e WHERE e.execution_id = OLD.execution_id) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'events are append-only';
END
$$;
CREATE TRIGGER event_immutable BEFORE UPDATE OR DELETE ON nexum.event
  FOR EACH ROW EXECUTE FUNCTION nexum.refuse_change();

-- Ends the transaction when a statement did not change exactly the rows that it was meant to change.
CREATE FUNCTION nexum.expect(changed bigint, expected bigint, what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF changed <> expected THEN
    RAISE EXCEPTION '% of % rows of % could be changed', changed, expected, what USING ERRCODE = 'NX001';
  END IF;
END
$$;

-- One row per connection that commits batches: the number of its newest committed batch, so that a server whose COMMIT
-- was cut can ask whether it happened; and when its server was last alive.
CREATE TABLE nexum.lane (
  lane_id   uuid PRIMARY KEY,
  server_id uuid NOT NULL,
  batch     bigint NOT NULL,
  at_ms     bigint NOT NULL
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

-- The newest Work session of each worker: a server whose connection to it broke sees whether it went to another one.
CREATE TABLE nexum.worker_session (
  worker_id  text PRIMARY KEY,
  session_id text NOT NULL,
  at_ms      bigint NOT NULL,
  server_id  uuid,
  -- Tasks that it would take now.
  credits    integer NOT NULL DEFAULT 0,
  -- Its handlers and its server, as JSON text.
  info       text
) WITH (fillfactor = 70);
