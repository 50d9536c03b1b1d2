// The types that the comments of mockserver/page name: the answers of the control API as the page reads them.

type Query = Record<string, string | number | boolean | null | undefined>;
type Diagnosis = {
  rule: string; pointer: string; expected: string; got: string; hint: string; evidence: string; source: string;
};
type RefusalBody = {
  status: string; message: string; rule: string; pointer: string; expected: string; got: string; hint: string;
};
type Sent = { url: string, token: string, request: unknown, files: string[] };
type Child = Node | string | number | null | undefined | false;
type Props = Record<string, any>;
type Words = Record<string, string>; // by the name of what they describe
type Options = (string | [value: string, text: string])[];
type Schema = {
  type?: string | string[]; enum?: (string | number | null)[]; anyOf?: Schema[]; $ref?: string; description?: string;
  default?: unknown; properties?: Record<string, Schema>; items?: Schema;
};
type RowError = {
  id: string; file_id: string; line: number; column: number | null; column_name: string | null; error_type: string;
  value: string | null; message: string; hint: string; evidence: string; source: string;
};
type Errors = { results: RowError[], total: number, types: Record<string, number>, after: string | null };
type Column = {
  number: number; header: string | null; samples: string[]; mapped: boolean; object_type: string | null;
  object_type_id: string | null; property_name: string | null; property_label: string | null;
  property_type: string | null; column_type: string | null; to_object_type: string | null;
  association: string | null; warnings: Diagnosis[];
};
type FileColumns = {
  id: string; name: string; format: string; has_header: boolean; sheet: string | null; encoding: string | null;
  delimiter: string | null; lines: number; notes: string[]; problem: string | null; width: number; columns: Column[];
  errors: RowError[];
};
type Grid = {
  rows: { line: number, cells: string[], errors: RowError[] }[]; after: string | null; problem: string | null;
};
type ImportedFile = { id: string, name: string, size: number, lines: number, kept: boolean };
type Import = {
  id: string; name: string; app: string; app_id: number; state: string; held: boolean; hold_in: string | null;
  created_at: string; real_created_at: string | null; updated_at: string; next_due: string | null; rows: number;
  rows_done: number; errors: number; counters: Record<string, number>;
  happened: { event: string, state: string, at: string, by: string }[]; files: ImportedFile[];
};
type Entry = {
  number: number; at: string; method: string; path: string; query: string; operation: string | null; app: string;
  app_id: number | null; status: number; correlation_id: string; import_id: number | null;
  import_name: string | null; file_names: string[]; request: string; diagnosis: Diagnosis | null;
  warnings: Diagnosis[]; faults: string[]; notes: string[]; seconds: number; virtual_seconds: number;
  file_types: string[]; headers: Record<string, string> | null;
  answer: { headers: Record<string, string>, body: string, body_size: number } | null;
};
type View = {
  load: (signal: AbortSignal) => Promise<unknown>, view: (data: any) => Child[], title?: (data: any) => string | undefined;
};
type RuleRow = {
  id: string; kind: string; status?: number; text: string; expected?: string; hint?: string; effect?: string;
  evidence: string; source: string; switchable?: boolean; absent?: string[];
};
type Route = { portal: string, view: string, rest: string[], query: URLSearchParams };
type Portal = {
  key: string; portal_id: number; scenario: string; pace: string; tokens: string[];
  apps: { name: string, token: string, kind: string, scopes: string[] | null }[];
  counts: { imports: number, journal: number, records: number, faults: number }; clock: Clock;
};
type Clock = { now: string, millis: number, pace: string, speed: number, next_due: string | null };
type ProposedColumn = {
  header: string; samples: string[]; property_name: string | null; property_label: string | null;
  property_type: string | null; column_type: string; why: string;
};
type Proposal = {
  file_name: string; format: string; encoding: string | null; delimiter: string | null; notes: string[];
  object_type: string; object_type_id: string; columns: ProposedColumn[]; request: any;
};
type Property = { name: string, label: string, type: string, identifies: boolean };
