-- The database of one portal. Times are epoch milliseconds; comments name the struct that a JSON column holds.

PRAGMA user_version = 1;                                                  -- see SCHEMA_VERSION of store.database

CREATE TABLE state (key TEXT PRIMARY KEY, value) WITHOUT ROWID;           -- clock, counters, chance, settings

CREATE TABLE records (
  id INTEGER PRIMARY KEY,
  object_type TEXT NOT NULL,                                             -- "0-1"
  properties TEXT NOT NULL,                                              -- {"email": "ada@example.com", …}, values as strings
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  archived_at INTEGER,
  source_type TEXT NOT NULL,                                             -- of its creation: "IMPORT", "55000001"
  source_id TEXT NOT NULL
);
CREATE INDEX records_by_type ON records (object_type, archived_at, id);
CREATE TABLE record_counts (object_type TEXT PRIMARY KEY, live INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE merged_records (id INTEGER PRIMARY KEY, survivor_id INTEGER NOT NULL);  -- and what each is part of now

CREATE TABLE identifiers (                                               -- values by which a record can be found
  object_type TEXT NOT NULL,
  property TEXT NOT NULL,
  value TEXT NOT NULL,
  record_id INTEGER NOT NULL,
  additional INTEGER NOT NULL DEFAULT 0,                                 -- 1: an additional value, such as a secondary email
  PRIMARY KEY (object_type, property, value, record_id)
) WITHOUT ROWID;
CREATE INDEX additional_identifiers ON identifiers (record_id) WHERE additional = 1;

CREATE TABLE history (                                                   -- one row per record and write; a record that was
                                                                         -- never changed has none
  id INTEGER PRIMARY KEY,
  record_id INTEGER NOT NULL,
  written_at INTEGER NOT NULL,
  source_type TEXT NOT NULL,                                             -- "IMPORT"
  source_id TEXT NOT NULL,
  changes TEXT NOT NULL                                                  -- {"firstname": "Ada", …}: what changed, as written
);
CREATE INDEX history_by_record ON history (record_id);

CREATE TABLE associations (                                              -- both directions of a link are rows
  from_id INTEGER NOT NULL,
  to_type TEXT NOT NULL,
  to_id INTEGER NOT NULL,
  type_id INTEGER NOT NULL,
  category TEXT NOT NULL,
  PRIMARY KEY (from_id, to_type, to_id, type_id, category)
) WITHOUT ROWID;
-- The primary company of a record, of which it has only one: found without reading all its companies.
CREATE INDEX primary_companies ON associations (from_id)
  WHERE category = 'HUBSPOT_DEFINED' AND type_id IN (1, 5, 26, 509, 580, 1299);

CREATE TABLE object_types (id TEXT PRIMARY KEY, definition TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE properties (
  object_type TEXT NOT NULL, name TEXT NOT NULL, definition TEXT NOT NULL, PRIMARY KEY (object_type, name)
) WITHOUT ROWID;
CREATE TABLE property_groups (
  object_type TEXT NOT NULL, name TEXT NOT NULL, definition TEXT NOT NULL, PRIMARY KEY (object_type, name)
) WITHOUT ROWID;
CREATE TABLE pipelines (
  object_type TEXT NOT NULL, id TEXT NOT NULL, definition TEXT NOT NULL, PRIMARY KEY (object_type, id)
) WITHOUT ROWID;
CREATE TABLE association_types (
  type_id INTEGER NOT NULL, category TEXT NOT NULL, from_type TEXT NOT NULL, to_type TEXT NOT NULL,
  definition TEXT NOT NULL, PRIMARY KEY (category, type_id, from_type, to_type)
) WITHOUT ROWID;

CREATE TABLE owners (id INTEGER PRIMARY KEY, email TEXT NOT NULL, definition TEXT NOT NULL);
CREATE TABLE lists (
  id INTEGER PRIMARY KEY, object_type TEXT NOT NULL, name TEXT NOT NULL, definition TEXT NOT NULL
);
CREATE TABLE list_members (
  list_id INTEGER NOT NULL, record_id INTEGER NOT NULL, added_at INTEGER NOT NULL, PRIMARY KEY (list_id, record_id)
) WITHOUT ROWID;
CREATE INDEX list_members_by_record ON list_members (record_id);
CREATE TABLE participations (                                            -- of contacts in marketing events
  id INTEGER PRIMARY KEY, event_id INTEGER NOT NULL, contact_id INTEGER NOT NULL,
  kind TEXT NOT NULL, occurred_at INTEGER NOT NULL, UNIQUE (event_id, contact_id, kind, occurred_at)
);

CREATE TABLE imports (
  id INTEGER PRIMARY KEY,
  app_id INTEGER NOT NULL,
  state TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  request TEXT NOT NULL,                                                 -- an ImportRequest
  progress TEXT NOT NULL,                                                -- a Progress
  held INTEGER NOT NULL DEFAULT 0                                        -- 1: kept in its state until released
);
CREATE INDEX imports_by_state ON imports (state, id);
CREATE INDEX imports_by_app ON imports (app_id, id);
CREATE TABLE import_files (
  id INTEGER PRIMARY KEY, import_id INTEGER NOT NULL, part INTEGER NOT NULL,
  name TEXT NOT NULL, size INTEGER NOT NULL, lines INTEGER NOT NULL,
  path TEXT                                                              -- NULL once the upload is gone
);
CREATE INDEX import_files_by_import ON import_files (import_id, part);
CREATE TABLE row_errors (
  id INTEGER PRIMARY KEY, import_id INTEGER NOT NULL, created_at INTEGER NOT NULL, error TEXT NOT NULL  -- a RowError
);
CREATE INDEX row_errors_by_import ON row_errors (import_id, id);
CREATE TABLE written_records (                                           -- written by an import, and its first row for it
  import_id INTEGER NOT NULL, record_id INTEGER NOT NULL, object_type TEXT NOT NULL,
  file INTEGER NOT NULL, row_digest INTEGER NOT NULL,
  doubled INTEGER NOT NULL DEFAULT 0,                                    -- 1: two rows have its common key
  PRIMARY KEY (import_id, record_id)
) WITHOUT ROWID;
CREATE TABLE waiting_links (                                             -- associations that wait until all rows are imported
  id INTEGER PRIMARY KEY, import_id INTEGER NOT NULL, link TEXT NOT NULL                            -- a KeyLink
);
CREATE INDEX waiting_links_by_import ON waiting_links (import_id, id);
CREATE TABLE work (                                                      -- work that is scheduled on the clock
  seq INTEGER PRIMARY KEY, due_at INTEGER NOT NULL, event TEXT NOT NULL, import_id INTEGER NOT NULL
);
CREATE INDEX work_by_time ON work (due_at, seq);
CREATE INDEX work_by_import ON work (import_id);

CREATE TABLE apps (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, definition TEXT NOT NULL                              -- an AppDefinition
);
CREATE INDEX apps_by_name ON apps (name);
CREATE TABLE tokens (
  token TEXT PRIMARY KEY,
  kind TEXT NOT NULL,                                                    -- "access", "refresh", "code"
  app_id INTEGER NOT NULL,
  expires_at INTEGER,                                                    -- NULL: never
  revoked INTEGER NOT NULL                                               -- 1: revoked
) WITHOUT ROWID;
CREATE TABLE limit_windows (name TEXT PRIMARY KEY, numbers TEXT NOT NULL) WITHOUT ROWID;  -- of mockserver.portal.limits

CREATE TABLE faults (                                                    -- armed faults
  id INTEGER PRIMARY KEY, definition TEXT NOT NULL,                      -- a FaultSettings
  met INTEGER NOT NULL DEFAULT 0,                                        -- calls that its conditions matched
  hits INTEGER NOT NULL DEFAULT 0                                        -- calls that it hit
);
