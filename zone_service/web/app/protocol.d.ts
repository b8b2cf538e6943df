// What the service sends: the live feed and the REST answers, as the page reads them.

export type Domain = "road" | "air" | "water";
export type Handling = "new" | "acknowledged" | "resolved";
/** What made a violation begin or end. */
export type Cause =
  | "device_moved"
  | "zone_changed"
  | "permit_changed"
  | "rules_changed"
  | "register_changed"
  | "time_passed";

/** One object of the feed: slot, device id, label, domain, permit number. */
export type ObjectRow = [number, string, string, Domain, string | null];

/** As `GET /api/evidence` has it, as far as the page reads it. */
export interface EvidenceClip {
  sealed: boolean;
  first_id: string | null;
  kept_until: string | null;
}

/** As `GET /api/devices/{device_id}/fence` has it, as far as the page reads it. */
export interface Fence {
  state: "held" | "unwatched" | "old" | "refused" | "unknown" | "none" | "not_carried";
  version: number | null;
  held_version: number | null;
  left_out: { of: string; what: string }[];
}

/** As `GET /api/devices/{device_id}/quality` has it, as far as the page reads it. */
export interface QualityDay {
  day: string;
  /** 0 to 100; null is unknown. */
  score: number | null;
  reports: number;
  /** The mandatory items that not every report said. */
  missing: string[];
  items: { item: string; name: string; name_zh: string }[];
}

export interface Violation {
  id: string;
  code: string;
  severity: string;
  device_id: string;
  device_label: string | null;
  organisation_id: string | null;
  /** The other of two that came too close; an operator is told their own as `device_id`. */
  other_device_id?: string | null;
  other_device_label?: string | null;
  other_organisation_id?: string | null;
  permit_number: string | null;
  detail: string | null;
  zone_id: string | null;
  zone_name: string | null;
  zone_name_zh: string | null;
  opened_at: string;
  detected_at: string;
  closed_at: string | null;
  /** Found by reports that came late, when it was over. */
  late?: boolean;
  /** The violation that it is the beginning of. */
  joins?: string | null;
  /** Since when that held by which it was judged, where it was not what held at its time. */
  law_of?: string | null;
  /** Why it began; null where nobody knows. */
  opening_cause?: Cause | null;
  /** Why it was over; null while it goes on. */
  closing_cause?: Cause | null;
  handling: Handling;
  handled_by: string | null;
  unfounded: boolean;
  note: string | null;
  revision: number;
  longitude_deg: number | null;
  latitude_deg: number | null;
  measured: number | null;
  limit: number | null;
  /** Of being inside, at the fix that opened it; null where no outline decided. */
  inside_probability?: number | null;
  /** Of an aircraft, at that fix. */
  height_agl_m?: number | null;
  rule_version: string | null;
  trigger_event_time: string | null;
}

/** What the page reads of a permit. */
export interface Permit {
  number: string;
  terms: { corridor: { line: import("geojson").LineString; half_width_m: number } | null };
}

/** A breach that lies ahead or has begun, and is no violation. */
export interface Prealarm {
  code: string;
  state: "ahead" | "begun";
  zone_id: string | null;
  zone_name: string | null;
  zone_name_zh: string | null;
  /** When it is expected, or when it began. */
  at: string;
  /** False where a height is not known. */
  certain: boolean;
  longitude_deg: number | null;
  latitude_deg: number | null;
}

export interface ForecastMessage {
  op: "forecast";
  devices: { device_id: string; alarms: Prealarm[] }[];
}

export interface SnapMessage {
  op: "snap";
  epoch: string;
  seq: number;
  t: number;
  objects: ObjectRow[];
  violations: Violation[];
  zones_revision: number;
}

export interface ResumedMessage {
  op: "resumed";
  seq: number;
}

export interface ObjectsMessage {
  op: "objects";
  add?: ObjectRow[];
  del?: number[];
}

export interface ViolationMessage {
  op: "violation";
  seq: number;
  event: "opened" | "updated" | "closed" | "late" | "acknowledged" | "resolved";
  violation: Violation;
}

export interface HeartbeatMessage {
  op: "hb";
  t: number;
  seq: number;
  feed_age_ms: number | null;
  degraded: boolean;
  objects: number;
  messages_per_second: number | null;
}

export interface ZonesMessage {
  op: "zones";
  revision: number;
}

export type ServerMessage =
  | SnapMessage
  | ResumedMessage
  | ObjectsMessage
  | ViolationMessage
  | ForecastMessage
  | HeartbeatMessage
  | ZonesMessage;

export interface Principal {
  username: string;
  role: string;
  organisation_id?: string | null;
  department?: string | null;
}

export interface DemoAccount {
  username: string;
  password: string;
  role: string;
}

export interface About {
  version?: string;
  demo_accounts?: DemoAccount[] | null;
}
